package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/fence"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// Discard drops what Prepare filled for a batch that will not be stamped.
func (s *Server) Discard(ctx context.Context, req *snapshotv1.DiscardRequest) (*snapshotv1.DiscardResponse, error) {
	if err := s.stamper.Discard(ctx, fence.Of(req.GetContext().GetFence()), req.GetBatch()); err != nil {
		return nil, err
	}
	return &snapshotv1.DiscardResponse{}, nil
}
