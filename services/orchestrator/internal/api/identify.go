package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Identify says who a secret belongs to, by its hash.
func (s *Server) Identify(ctx context.Context, req *orchestratorv1.IdentifyRequest) (*orchestratorv1.IdentifyResponse, error) {
	who, err := s.store.Identify(ctx, req.GetHash(), req.GetSession())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.IdentifyResponse{Identity: who.Proto()}, nil
}
