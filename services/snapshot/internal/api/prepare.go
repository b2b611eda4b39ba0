package api

import (
	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Prepare fills and keys one table beside the history per snapshot of the dataset.
func (s *Server) Prepare(req *snapshotv1.PrepareRequest, stream grpc.ServerStreamingServer[snapshotv1.PrepareResponse]) error {
	order, err := s.orderOf(req)
	if err != nil {
		return err
	}
	candidates, err := candidatesOf(req.GetCandidates(), order.Layouts)
	if err != nil {
		return err
	}
	order.Bases = basesOf(req.GetBases())
	prepared, err := s.stamper.Prepare(stream.Context(), order, candidates, req.GetVerify(), reporter(func(p *stepv1.Progress) error {
		return stream.Send(&snapshotv1.PrepareResponse{Message: &snapshotv1.PrepareResponse_Progress{Progress: p}})
	}))
	if err != nil {
		return err
	}
	result := &snapshotv1.PrepareResult{}
	for _, p := range prepared {
		result.Snapshots = append(result.Snapshots, &snapshotv1.PreparedSnapshot{
			Snapshot: p.Snapshot, Rows: p.Rows, ContentHash: p.ContentHash, Unchanged: p.Unchanged(),
			Restated: restated(p.Restated), Found: p.Found,
		})
	}
	return stream.Send(&snapshotv1.PrepareResponse{Message: &snapshotv1.PrepareResponse_Result{Result: result}})
}
