package api

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// GetSnapshot returns the current catalog entries of one as_of, by name.
func (s *Server) GetSnapshot(ctx context.Context, req *snapshotv1.GetSnapshotRequest) (*snapshotv1.GetSnapshotResponse, error) {
	asOf, err := parseAsOf(req.GetAsOf())
	if err != nil {
		return nil, err
	}
	entries, err := store.Current(ctx, s.pool, req.GetDataset(), asOf)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, s.notFound(ctx, req)
	}
	listed, err := s.listed(ctx, req.GetDataset(), entries)
	return &snapshotv1.GetSnapshotResponse{Snapshots: listed}, err
}

func (s *Server) notFound(ctx context.Context, req *snapshotv1.GetSnapshotRequest) error {
	newest, ok, err := store.Newest(ctx, s.pool, req.GetDataset())
	if err != nil {
		return err
	}
	found := "no as_of of it is"
	if ok {
		found = "the newest as_of that is, is " + newest.Format(time.DateOnly)
	}
	return problem.New(problem.SnapshotNotFound, "nothing of dataset %s is stamped as of %s; %s",
		req.GetDataset(), req.GetAsOf(), found).
		With("dataset", req.GetDataset()).With("as_of", req.GetAsOf())
}
