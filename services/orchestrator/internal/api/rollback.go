package api

import (
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func rollsBack(req *orchestratorv1.StartRunRequest) bool {
	return req.GetMode() == orchestratorv1.RunMode_RUN_MODE_ROLLBACK
}

// checkRollback refuses what a rollback has no use for, and of any other run what only a
// rollback has: nothing that somebody says is passed over.
func checkRollback(req *orchestratorv1.StartRunRequest) error {
	if !rollsBack(req) {
		if req.GetToRevision() != 0 || req.GetRevisionOf() != "" {
			return only("to_revision", "expected none unless mode is rollback: a delivery makes the next revision")
		}
		return nil
	}
	switch {
	case prose.Blank(req.GetReason()):
		return only("reason", "expected why the as_of is rolled back, found none: it is kept with every revision that is made")
	case req.GetSource() != "":
		return only("source", "expected none of a rollback: it reads no files")
	case req.GetSupersede():
		return only("supersede", "expected none of a rollback, which supersedes what is current in any case")
	case req.GetRestage():
		return only("restage", "expected none of a rollback, which always restores and compares")
	case req.GetRevisionOf() != "" && req.GetToRevision() == 0:
		return only("revision_of", "expected to_revision beside it: the number of that snapshot's revision")
	}
	return nil
}

func only(field, message string) error {
	return problem.New(problem.InvalidRequest, "%s: %s", field, message).Violate(field, "%s", message)
}

// rollable refuses a rollback of a dataset that keeps no history, or of a snapshot that it
// does not declare.
func rollable(req *orchestratorv1.StartRunRequest, d *datasetv1.Dataset) error {
	if !rollsBack(req) {
		return nil
	}
	if len(d.GetSnapshots()) == 0 {
		return problem.New(problem.RollbackRefused, "dataset %s declares no snapshots: nothing was kept that could be gone back to", d.GetName()).
			With("dataset", d.GetName())
	}
	of := req.GetRevisionOf()
	if of == "" || dataset.SnapshotByName(d, of) != nil {
		return nil
	}
	var known []string
	for _, s := range d.GetSnapshots() {
		known = append(known, s.GetName())
	}
	return problem.New(problem.SnapshotNotFound, "expected a snapshot of dataset %s, found %q%s", d.GetName(), of, nearest.Hint(of, known)).
		With("dataset", d.GetName()).Violate("revision_of", "%q is no snapshot of dataset %s", of, d.GetName())
}
