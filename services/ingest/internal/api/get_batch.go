package api

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// GetBatch returns one batch, by its identifier or any unique part of it.
func (s *Server) GetBatch(ctx context.Context, req *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	b, err := store.ByPart(ctx, s.pool, req.GetBatch())
	if err != nil {
		return nil, err
	}
	return &ingestv1.GetBatchResponse{Batch: b}, nil
}
