package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/grow"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/expand"
)

// Expand alters the live tables so that they take what the dataset declares by now.
func (s *Server) Expand(ctx context.Context, req *ingestv1.ExpandRequest) (*ingestv1.ExpandResponse, error) {
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return nil, err
	}
	altered, err := s.expander.Expand(ctx, expand.Request{
		Fence: f, Dataset: d, Remedy: grow.RemedyOf(req.GetRewrite()), LookOnly: req.GetLookOnly(),
	})
	if err != nil {
		return nil, err
	}
	return &ingestv1.ExpandResponse{Altered: grow.Proto(altered)}, nil
}
