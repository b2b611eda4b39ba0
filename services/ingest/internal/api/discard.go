package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/fence"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
)

// Discard drops the staging of a batch.
func (s *Server) Discard(ctx context.Context, req *ingestv1.DiscardRequest) (*ingestv1.DiscardResponse, error) {
	f := fence.Of(req.GetContext().GetFence())
	if err := f.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	if err := candidate.Discard(ctx, s.pool, f, req.GetBatch()); err != nil {
		return nil, err
	}
	return &ingestv1.DiscardResponse{}, nil
}
