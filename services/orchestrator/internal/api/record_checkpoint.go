package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// RecordCheckpoint keeps a gateway's signature under its chain.
func (s *Server) RecordCheckpoint(ctx context.Context, req *orchestratorv1.RecordCheckpointRequest) (*orchestratorv1.RecordCheckpointResponse, error) {
	if err := s.store.RecordCheckpoint(ctx, req.GetCheckpoint()); err != nil {
		return nil, err
	}
	return &orchestratorv1.RecordCheckpointResponse{}, nil
}
