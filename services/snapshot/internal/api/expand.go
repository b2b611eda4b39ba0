package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/grow"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
)

// Expand alters the snapshot tables so that they take what the dataset declares by now.
func (s *Server) Expand(ctx context.Context, req *snapshotv1.ExpandRequest) (*snapshotv1.ExpandResponse, error) {
	f := fence.Of(req.GetContext().GetFence())
	if name := req.GetDataset().GetName(); name != f.Dataset {
		return nil, invalid("context.fence.dataset", "expected the fence of dataset %s, found that of %s", name, f.Dataset)
	}
	layouts, err := layout.Of(req.GetDataset())
	if err != nil {
		return nil, err
	}
	order := stamp.Order{Fence: f, Run: req.GetContext().GetRun(), Layouts: layouts}
	altered, err := s.stamper.Expand(ctx, order, grow.RemedyOf(req.GetRewrite()), req.GetLookOnly())
	if err != nil {
		return nil, err
	}
	return &snapshotv1.ExpandResponse{Altered: grow.Proto(altered)}, nil
}
