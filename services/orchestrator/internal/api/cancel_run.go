package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// CancelRun asks a run to stop.
func (s *Server) CancelRun(ctx context.Context, req *orchestratorv1.CancelRunRequest) (*orchestratorv1.CancelRunResponse, error) {
	id, err := s.store.ResolveRun(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	if err := s.store.Cancel(ctx, id, req.GetRequestedBy()); err != nil {
		return nil, err
	}
	s.hub.Wake(store.ChannelCancel, id)
	r, err := s.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.CancelRunResponse{Run: runMessage(r)}, nil
}
