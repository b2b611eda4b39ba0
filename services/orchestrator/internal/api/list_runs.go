package api

import (
	"context"
	"regexp"
	"strings"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// runKey is the shape of a run's identifier, by which runs are listed.
var runKey = regexp.MustCompile(`^` + ident.Run + `_[0-9a-z]{26}$`)

// ListRuns returns the runs that the caller may see, newest first, without what is long in them: their findings,
// and the counts per table.
func (s *Server) ListRuns(ctx context.Context, req *orchestratorv1.ListRunsRequest) (*orchestratorv1.ListRunsResponse, error) {
	before, err := key(req.GetPageToken(), runKey)
	if err != nil {
		return nil, err
	}
	if req.GetAsOf() != "" {
		if err := checkAsOf(req.GetAsOf()); err != nil {
			return nil, err
		}
	}
	states, err := statesOf(req.GetStates())
	if err != nil {
		return nil, err
	}
	only, err := granted(ctx)
	if err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	runs, err := s.store.ListRuns(ctx, store.RunFilter{
		Dataset: req.GetDataset(), AsOf: req.GetAsOf(), States: states, Only: only, Before: before, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 && before == "" && req.GetDataset() != "" {
		if _, err := s.store.Dataset(ctx, req.GetDataset()); err != nil {
			return nil, err // an empty list would say that the dataset is there
		}
	}
	runs, next := page.Cut(runs, size, runID)
	resp := &orchestratorv1.ListRunsResponse{NextPageToken: next}
	for _, r := range runs {
		resp.Runs = append(resp.Runs, runMessage(r))
	}
	resp.Runs, resp.NextPageToken = page.Fit(resp.GetRuns(), runs, next, runID)
	return resp, nil
}

func runID(r *run.Run) string { return r.ID }

func statesOf(asked []orchestratorv1.RunState) ([]run.State, error) {
	var states []run.State
	for _, a := range asked {
		name, known := orchestratorv1.RunState_name[int32(a)]
		if !known || a == orchestratorv1.RunState_RUN_STATE_UNSPECIFIED {
			return nil, problem.New(problem.InvalidRequest, "expected states that a run can be in, found %d", int32(a)).
				Violate("states", "%d is no state of a run", int32(a))
		}
		states = append(states, run.State(strings.TrimPrefix(name, statePrefix)))
	}
	return states, nil
}
