package api

import (
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// checkSupersede refuses to correct history without saying why, and a reason that nobody
// would ever read.
func checkSupersede(req *orchestratorv1.StartRunRequest) error {
	given := !prose.Blank(req.GetReason())
	switch {
	case req.GetSupersede() && !given:
		return problem.New(problem.InvalidRequest, "reason: expected why the as_of is corrected, found none: it is kept with every revision that is made").
			Violate("reason", "is needed with supersede")
	case !req.GetSupersede() && given && !rollsBack(req) && !retains(req) && !erases(req) && !req.GetRestamp():
		return problem.New(problem.InvalidRequest, "reason: expected none without supersede: only a correction, a restamp, a rollback or an erase keeps one").
			Violate("reason", "is given without supersede")
	}
	return nil
}
