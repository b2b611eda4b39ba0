package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// GetRun returns one run, by its id or a unique part of it.
func (s *Server) GetRun(ctx context.Context, req *orchestratorv1.GetRunRequest) (*orchestratorv1.GetRunResponse, error) {
	id, err := s.store.ResolveRun(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	r, err := s.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.GetRunResponse{Run: runMessage(r)}, nil
}
