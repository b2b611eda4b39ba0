package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/relation"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
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
	remedy := relation.ByRun
	if req.GetRewrite() {
		remedy = relation.ByMigration
	}
	altered, err := s.stamper.Expand(ctx, stamp.Order{Fence: f, Run: req.GetContext().GetRun(), Layouts: layouts}, remedy, req.GetLookOnly())
	if err != nil {
		return nil, err
	}
	resp := &snapshotv1.ExpandResponse{}
	for _, a := range altered {
		resp.Altered = append(resp.Altered, &stepv1.AlteredRelation{
			Name: a.Layout.Snapshot, Relation: a.Layout.Table.Proto(), Found: a.Found, Mend: a.Mend,
			LockedMs: a.Locked.Milliseconds(), Bytes: a.Bytes,
		})
	}
	return resp, nil
}
