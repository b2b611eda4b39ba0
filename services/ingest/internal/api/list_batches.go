package api

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/page"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// ListBatches returns a page of a dataset's batches, newest first, without what is
// long in them: findings and headers.
func (s *Server) ListBatches(ctx context.Context, req *ingestv1.ListBatchesRequest) (*ingestv1.ListBatchesResponse, error) {
	before, err := page.Key(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if before != "" && !strings.HasPrefix(before, ident.Batch+"_") {
		return nil, page.Refuse(req.GetPageToken())
	}
	if req.GetAsOf() != "" {
		if err := checkAsOf(req.GetAsOf()); err != nil {
			return nil, err
		}
	}
	size := page.Size(req.GetPageSize())
	found, err := store.List(ctx, s.pool, req.GetDataset(), req.GetAsOf(), before, size+1)
	if err != nil {
		return nil, err
	}
	batches, next := page.Cut(found, size, (*ingestv1.Batch).GetId)
	for _, b := range batches {
		b.Findings = nil
		for _, f := range b.GetFiles() {
			f.Header = nil
		}
		for _, t := range b.GetTables() {
			t.Header = nil
		}
	}
	batches, next = page.Fit(batches, batches, next, (*ingestv1.Batch).GetId)
	return &ingestv1.ListBatchesResponse{Batches: batches, NextPageToken: next}, nil
}
