package api

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// GetBatch returns one batch, by its identifier or a unique beginning of it.
func (s *Server) GetBatch(ctx context.Context, req *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	b, err := store.ByPrefix(ctx, s.pool, req.GetBatch())
	if err != nil {
		return nil, err
	}
	return &ingestv1.GetBatchResponse{Batch: b}, nil
}
