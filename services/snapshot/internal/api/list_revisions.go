package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/page"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// ListRevisions returns every revision of a dataset's snapshots, superseded ones as well.
func (s *Server) ListRevisions(ctx context.Context, req *snapshotv1.ListRevisionsRequest) (*snapshotv1.ListRevisionsResponse, error) {
	after, err := position(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if err := checkAsOf(req.GetAsOf()); err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	entries, err := store.List(ctx, s.pool, store.Page{
		Dataset: req.GetDataset(), Snapshot: req.GetSnapshot(), AsOf: req.GetAsOf(), Superseded: true, After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	entries, next := page.Cut(entries, size, key)
	listed, err := s.listed(ctx, req.GetDataset(), entries)
	if err != nil {
		return nil, err
	}
	all, next := page.Fit(listed, entries, next, key)
	return &snapshotv1.ListRevisionsResponse{Revisions: all, NextPageToken: next}, nil
}

// checkAsOf refuses a day that there is not; none is no mistake.
func checkAsOf(text string) error {
	if text == "" {
		return nil
	}
	_, err := parseAsOf(text)
	return err
}
