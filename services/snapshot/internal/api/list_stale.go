package api

import (
	"context"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/restamp"
)

// ListStale names the dates from one on of which anything is stale.
func (s *Server) ListStale(ctx context.Context, req *snapshotv1.ListStaleRequest) (*snapshotv1.ListStaleResponse, error) {
	from, err := parseDay("from", req.GetFrom())
	if err != nil {
		return nil, err
	}
	layouts, err := s.layouts(req.GetDataset())
	if err != nil {
		return nil, err
	}
	dates, err := restamp.Dates(ctx, s.pool, req.GetDataset().GetName(), layouts, from)
	return &snapshotv1.ListStaleResponse{AsOf: dates}, err
}
