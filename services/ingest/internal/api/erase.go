package api

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/erase"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Erase does one phase of an erase.
func (s *Server) Erase(ctx context.Context, req *ingestv1.EraseRequest) (*ingestv1.EraseResponse, error) {
	f, d, err := s.admit(ctx, req.GetContext(), req.GetDataset())
	if err != nil {
		return nil, err
	}
	o := erase.Order{Fence: f, Dataset: d, Erasure: store.Erasure{
		Run: req.GetContext().GetRun(), Dataset: d.Name, RequestedBy: req.GetContext().GetRequestedBy(), Reason: req.GetContext().GetReason(),
	}}
	r := &stepv1.EraseResult{}
	switch req.GetPhase() {
	case stepv1.ErasePhase_ERASE_PHASE_FIND:
		r, err = s.eraser.Find(ctx, o, req.GetTable(), req.GetKeys())
	case stepv1.ErasePhase_ERASE_PHASE_COUNT:
		r, err = s.eraser.Count(ctx, o)
	case stepv1.ErasePhase_ERASE_PHASE_ERASE:
		r, err = s.eraser.Erase(ctx, o)
	default: // the rules of the request leave no other
		err = s.eraser.Forget(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return &ingestv1.EraseResponse{Result: r}, nil
}
