package api

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// checkRestamp refuses what a restamp has no use for: nothing that somebody says is passed
// over.
func checkRestamp(req *orchestratorv1.StartRunRequest) error {
	if !req.GetRestamp() {
		return nil
	}
	switch {
	case rollsBack(req):
		return only("restamp", "expected none of a rollback, which makes a revision current again as it was")
	case retains(req):
		return only("restamp", "expected none in retention mode, which makes nothing again")
	case req.GetSource() != "":
		return only("source", "expected none of a restamp: it reads no files")
	case req.GetSupersede():
		return only("supersede", "expected none of a restamp, which supersedes what is stale in any case")
	case req.GetRestage():
		return only("restage", "expected none of a restamp, which always lays over and compares")
	case req.GetFullExtract():
		return only("full_extract", "expected none of a restamp: a full extract stands on nothing, and is never stale")
	case len(req.GetAccept()) > 0 || req.GetAcceptFrom() != "":
		return only("accept", "expected none of a restamp: no guard stops it")
	}
	return nil
}

// restampable refuses a restamp of a dataset of which nothing stands on another date.
func restampable(req *orchestratorv1.StartRunRequest, d *datasetv1.Dataset) error {
	if !req.GetRestamp() || slices.ContainsFunc(d.GetTables(), dataset.Incremental) {
		return nil
	}
	return problem.New(problem.RestampRefused, "no table of dataset %s declares extract: incremental: nothing was laid over another date that could have changed", d.GetName()).
		With("dataset", d.GetName())
}

// reasonOf is why history is corrected; a restamp has a reason of its own.
func reasonOf(req *orchestratorv1.StartRunRequest) string {
	if req.GetRestamp() && prose.Blank(req.GetReason()) {
		return run.WhyRestamped
	}
	return strings.TrimSpace(req.GetReason())
}
