package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/relation"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/erase"
)

// Erase does one phase of an erase in history.
func (s *Server) Erase(ctx context.Context, req *snapshotv1.EraseRequest) (*snapshotv1.EraseResponse, error) {
	f := fence.Of(req.GetContext().GetFence())
	if name := req.GetDataset().GetName(); name != f.Dataset {
		return nil, invalid("context.fence.dataset", "expected the fence of dataset %s, found that of %s", name, f.Dataset)
	}
	if err := f.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	layouts, err := s.layouts(req.GetDataset())
	if err != nil {
		return nil, err
	}
	o := erase.Order{
		Fence: f, Run: req.GetContext().GetRun(), RequestedBy: req.GetContext().GetRequestedBy(), Reason: req.GetContext().GetReason(),
		Dataset: req.GetDataset(), Layouts: layouts, Keys: relation.Of(req.GetKeys()), Shown: s.keys,
	}
	r := &stepv1.EraseResult{}
	switch req.GetPhase() {
	case stepv1.ErasePhase_ERASE_PHASE_FIND:
		r, err = s.eraser.Find(ctx, o)
	case stepv1.ErasePhase_ERASE_PHASE_COUNT:
		r, err = s.eraser.Count(ctx, o)
	case stepv1.ErasePhase_ERASE_PHASE_ERASE:
		r, err = s.eraser.Erase(ctx, o)
	default: // it keeps none of the keys
	}
	if err != nil {
		return nil, err
	}
	return &snapshotv1.EraseResponse{Result: r}, nil
}
