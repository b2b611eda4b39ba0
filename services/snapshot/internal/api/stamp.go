package api

import (
	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Stamp attaches what Prepare filled, all snapshots of the as_of in one transaction.
func (s *Server) Stamp(req *snapshotv1.StampRequest, stream grpc.ServerStreamingServer[snapshotv1.StampResponse]) error {
	order, err := s.orderOf(req)
	if err != nil {
		return err
	}
	stamped, err := s.stamper.Stamp(stream.Context(), order, reporter(func(p *stepv1.Progress) error {
		return stream.Send(&snapshotv1.StampResponse{Message: &snapshotv1.StampResponse_Progress{Progress: p}})
	}))
	if err != nil {
		return err
	}
	result := &snapshotv1.StampResult{}
	for _, st := range stamped {
		result.Snapshots = append(result.Snapshots, &snapshotv1.StampedSnapshot{
			Snapshot: message(st.Entry), Unchanged: st.Unchanged, Without: order.LayoutOf(st.Entry.Snapshot).Without(st.Entry.Columns),
			Restored: st.Restored, Restated: restated(st.Restated),
		})
	}
	return stream.Send(&snapshotv1.StampResponse{Message: &snapshotv1.StampResponse_Result{Result: result}})
}
