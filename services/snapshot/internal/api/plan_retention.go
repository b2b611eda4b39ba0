package api

import (
	"context"
	"time"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/retain"
)

// PlanRetention says of each date whether it is kept, dropped, or would be.
func (s *Server) PlanRetention(ctx context.Context, req *snapshotv1.PlanRetentionRequest) (*snapshotv1.PlanRetentionResponse, error) {
	d := req.GetDeclaration()
	if d.GetName() != req.GetDataset() {
		return nil, invalid("declaration", "expected the content of dataset %s, which the gateway puts there, found that of %q", req.GetDataset(), d.GetName())
	}
	if _, err := s.layouts(d); err != nil {
		return nil, err
	}
	var asOf *time.Time
	if req.GetAsOf() != "" {
		at, err := parseAsOf(req.GetAsOf())
		if err != nil {
			return nil, err
		}
		asOf = &at
	}
	rule := retain.RuleOf(d)
	dates, err := s.retainer.Plan(ctx, req.GetDataset(), rule, asOf)
	if err != nil {
		return nil, err
	}
	return &snapshotv1.PlanRetentionResponse{Rule: rule.String(), Dates: retainedDates(dates)}, nil
}
