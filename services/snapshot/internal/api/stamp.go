package api

import (
	"context"

	"google.golang.org/grpc"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/restamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
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
	// An entry has the names of now: what was carried out must not be carried out once more.
	if order.Layouts, err = called.Of(stream.Context(), s.pool, order.Layouts); err != nil {
		return err
	}
	result := &snapshotv1.StampResult{}
	for _, st := range stamped {
		result.Snapshots = append(result.Snapshots, &snapshotv1.StampedSnapshot{
			Snapshot: message(st.Entry), Unchanged: st.Unchanged, Without: order.LayoutOf(st.Entry.Snapshot).Without(st.Entry.Columns),
			Restored: st.Restored, Restated: restated(st.Restated),
		})
	}
	if result.Stale, err = s.staleAfter(stream.Context(), req.GetDataset(), req.GetAsOf()); err != nil {
		return err
	}
	if result.Lost, err = s.lostDates(stream.Context(), req.GetDataset()); err != nil {
		return err
	}
	return stream.Send(&snapshotv1.StampResponse{Message: &snapshotv1.StampResponse_Result{Result: result}})
}

// staleAfter are the later as_of dates of a dataset that stand on what is another by now.
func (s *Server) staleAfter(ctx context.Context, d *datasetv1.Dataset, asOf string) ([]string, error) {
	day, err := parseAsOf(asOf)
	if err != nil {
		return nil, err
	}
	layouts, err := s.layouts(d)
	if err != nil {
		return nil, err
	}
	return restamp.Dates(ctx, s.pool, d.GetName(), layouts, day.AddDate(0, 0, 1))
}

// lostDates are the as_of dates of which rows of the dataset's snapshots are gone.
func (s *Server) lostDates(ctx context.Context, d *datasetv1.Dataset) ([]string, error) {
	declared := make([]string, len(d.GetSnapshots()))
	for i, one := range d.GetSnapshots() {
		declared[i] = one.GetName()
	}
	return store.LostDates(ctx, s.pool, d.GetName(), declared)
}
