package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/page"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// ListRestatements returns what runs changed in the history of a dataset, the newest first.
func (s *Server) ListRestatements(ctx context.Context, req *snapshotv1.ListRestatementsRequest) (*snapshotv1.ListRestatementsResponse, error) {
	before, err := moment(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if err := checkAsOf(req.GetAsOf()); err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	all, err := store.Restatements(ctx, s.pool, store.RestatementPage{Dataset: req.GetDataset(), AsOf: req.GetAsOf(), Before: before, Limit: size + 1})
	if err != nil {
		return nil, err
	}
	all, next := page.Cut(all, size, momentOf)
	resp := &snapshotv1.ListRestatementsResponse{NextPageToken: next}
	for _, r := range all {
		resp.Restatements = append(resp.Restatements, restatement(r))
	}
	resp.Restatements, resp.NextPageToken = page.Fit(resp.GetRestatements(), all, next, momentOf)
	return resp, nil
}

// momentOf is the key by which restatements are listed.
func momentOf(r store.Restatement) string { return r.KnownAt.UTC().Format(time.RFC3339Nano) }

// moment reads the time that a token holds; nil for the first page.
func moment(token string) (*time.Time, error) {
	key, err := page.Key(token)
	if err != nil || key == "" {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339Nano, key)
	if err != nil {
		return nil, page.Refuse(token)
	}
	return &at, nil
}

func restatement(r store.Restatement) *snapshotv1.Restatement {
	m := &snapshotv1.Restatement{
		Dataset: r.Dataset, AsOf: r.AsOf.Format(time.DateOnly), KnownAt: timestamppb.New(r.KnownAt), Reason: r.Reason,
		RequestedBy: r.RequestedBy, Run: r.Run, Batch: r.Batch, BuiltOnCount: r.BuiltOnCount, LaidOver: r.LaidOver,
	}
	for _, b := range r.BuiltOn {
		m.BuiltOn = append(m.BuiltOn, &snapshotv1.BuiltOn{
			TrainingSet: b.TrainingSet, Name: b.Name, CreatedAt: timestamppb.New(b.CreatedAt), Snapshots: b.Snapshots,
		})
	}
	for _, one := range r.Snapshots {
		m.Snapshots = append(m.Snapshots, restated(&one))
	}
	return m
}
