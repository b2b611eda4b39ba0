package api

import (
	"context"
	"encoding/json"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/page"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// ListSnapshots returns the catalog of a dataset, newest as_of first, then by name.
func (s *Server) ListSnapshots(ctx context.Context, req *snapshotv1.ListSnapshotsRequest) (*snapshotv1.ListSnapshotsResponse, error) {
	after, err := position(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if req.GetBefore() != "" {
		if _, err := dataset.ParseAsOf(req.GetBefore()); err != nil {
			return nil, invalid("before", "%v", err)
		}
	}
	size := page.Size(req.GetPageSize())
	entries, err := store.List(ctx, s.pool, store.Page{
		Dataset: req.GetDataset(), Snapshot: req.GetSnapshot(), Before: req.GetBefore(), After: after, Limit: size + 1,
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
	return &snapshotv1.ListSnapshotsResponse{Snapshots: all, NextPageToken: next}, nil
}

// key is the position of an entry as text.
func key(e store.Entry) string {
	b, _ := json.Marshal(e.Position()) // what is stored, whose years have four digits, has a JSON form
	return string(b)
}

// position reads the key that a token holds; nil for the first page.
func position(token string) (*store.Position, error) {
	key, err := page.Key(token)
	if err != nil || key == "" {
		return nil, err
	}
	var p store.Position
	if err := json.Unmarshal([]byte(key), &p); err != nil || p.Snapshot == "" {
		return nil, page.Refuse(token)
	}
	return &p, nil
}
