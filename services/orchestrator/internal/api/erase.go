package api

import (
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func erases(req *orchestratorv1.StartRunRequest) bool {
	return req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE || req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN
}

// checkErase refuses what an erase has no use for, and of any other run what only an erase
// has: nothing that somebody says is passed over.
func checkErase(req *orchestratorv1.StartRunRequest) error {
	if !erases(req) {
		if len(req.GetEraseKeys()) > 0 || req.GetEraseTable() != "" {
			return only("erase_keys", "expected none unless mode is erase or erase_plan")
		}
		return nil
	}
	switch {
	case prose.Blank(req.GetReason()):
		return only("reason", "expected why the keys are erased, found none: it is kept with the run and with every revision")
	case len(req.GetEraseKeys()) == 0:
		return only("erase_keys", "expected at least one key, found none")
	case req.GetAsOf() != "":
		return only("as_of", "expected none of an erase: it concerns every date")
	case req.GetSource() != "":
		return only("source", "expected none of an erase: it reads no files")
	case req.GetSupersede():
		return only("supersede", "expected none of an erase: it takes rows out of the revisions that there are")
	case req.GetRestage():
		return only("restage", "expected none of an erase: it stages nothing")
	case req.GetFullExtract():
		return only("full_extract", "expected none of an erase: it reads no files")
	case len(req.GetAccept()) > 0 || req.GetAcceptFrom() != "":
		return only("accept", "expected none of an erase: no guard stops it")
	}
	for _, k := range req.GetEraseKeys() {
		for _, v := range k.GetValues() {
			if strings.ContainsRune(v, 0) {
				return only("erase_keys", "expected text, found a NUL character in a key")
			}
			if prose.HasKey(req.GetReason(), v) {
				return only("reason", "expected why the keys are erased, found a key in it: it is kept for ever; name a ticket in it, and nobody")
			}
		}
	}
	return nil
}
