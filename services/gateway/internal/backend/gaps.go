package backend

import (
	"context"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

const (
	// askedAtOnce is of how many gaps the runs are looked for at once.
	askedAtOnce = 8
	// runsOfAGap is among how many runs of a date, the newest, the one is looked for that was
	// to stamp it: others may have come after it.
	runsOfAGap = 50
)

// explained says of the dates that history lacks what became of their runs: snapshot knows
// none.
func (s *Set) explained(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := call(ctx, method, req, resp, conn, opts...); err != nil {
		return err
	}
	found, ok := resp.(*snapshotv1.ListGapsResponse)
	if !ok {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(askedAtOnce)
	for _, one := range found.GetGaps() {
		g.Go(func() error {
			runs, err := s.Orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{Dataset: one.GetDataset(), AsOf: one.GetAsOf(), PageSize: runsOfAGap})
			if err == nil {
				explain(one, runs.GetRuns())
			}
			return err
		})
	}
	return g.Wait()
}

// Stamps says whether a run is to publish and stamp its as_of: a delivery does, and a rollback.
// A plan changes nothing, however it ends; a retention and an erase are of no date.
func Stamps(r *orchestratorv1.Run) bool {
	return delivers(r) || r.GetMode() == orchestratorv1.RunMode_RUN_MODE_ROLLBACK
}

// delivers says whether a run takes files in. A rollback of a date that has nothing fails, and
// is not why it has nothing.
func delivers(r *orchestratorv1.Run) bool {
	return r.GetMode() == orchestratorv1.RunMode_RUN_MODE_FULL || r.GetMode() == orchestratorv1.RunMode_RUN_MODE_UNSPECIFIED
}

// explain says why a date is lacking, by the newest of its runs that was to deliver it.
func explain(g *snapshotv1.Gap, runs []*orchestratorv1.Run) {
	for _, r := range runs {
		if !delivers(r) {
			continue
		}
		g.Run = r.GetId()
		switch r.GetState() {
		case orchestratorv1.RunState_RUN_STATE_FAILED:
			g.Why, g.Reason, g.Message = snapshotv1.GapReason_GAP_REASON_FAILED, r.GetReason(), r.GetMessage()
		case orchestratorv1.RunState_RUN_STATE_CANCELLED:
			g.Why = snapshotv1.GapReason_GAP_REASON_CANCELLED
		case orchestratorv1.RunState_RUN_STATE_QUEUED, orchestratorv1.RunState_RUN_STATE_RUNNING:
			g.Why = snapshotv1.GapReason_GAP_REASON_UNDER_WAY
		case orchestratorv1.RunState_RUN_STATE_SUCCEEDED:
			g.Why = snapshotv1.GapReason_GAP_REASON_NOT_STAMPED
		case orchestratorv1.RunState_RUN_STATE_UNSPECIFIED:
		}
		return
	}
}
