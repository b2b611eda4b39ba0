package api

import (
	"context"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// CheckStamped says whether every snapshot of an as_of is there, and attaches again what
// was detached.
func (s *Server) CheckStamped(ctx context.Context, req *snapshotv1.CheckStampedRequest) (*snapshotv1.CheckStampedResponse, error) {
	order, err := s.orderOfAsOf(req)
	if err != nil {
		return nil, err
	}
	order.Batch, order.Layouts = req.GetBatch(), collected(order.Layouts, req.GetAsOf())
	states, last, err := s.stamper.CheckStamped(ctx, order, req.GetLookOnly())
	if err != nil {
		return nil, err
	}
	answer := &snapshotv1.CheckStampedResponse{Batch: last.Batch, NeverStamped: last.Never}
	for i, st := range states {
		answer.Snapshots = append(answer.Snapshots, &snapshotv1.StampedState{
			Snapshot: order.Layouts[i].Snapshot, Stands: st.Stands, Found: st.Found,
		})
	}
	return answer, nil
}
