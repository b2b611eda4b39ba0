package api

import (
	"context"

	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
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
	if result.Stale, err = s.staleThen(stream.Context(), order, prepared); err != nil {
		return err
	}
	return stream.Send(&snapshotv1.PrepareResponse{Message: &snapshotv1.PrepareResponse_Result{Result: result}})
}

// staleThen are the later as_of dates that would be stale, were what is prepared stamped.
func (s *Server) staleThen(ctx context.Context, o stamp.Order, prepared []store.Prepared) ([]string, error) {
	contents := map[string]string{}
	var declared []string
	for _, p := range prepared {
		contents[p.Snapshot] = p.ContentHash
	}
	for _, l := range o.Layouts {
		declared = append(declared, l.Snapshot)
	}
	return store.StaleAfter(ctx, s.pool, o.Fence.Dataset, o.AsOf, contents, declared)
}
