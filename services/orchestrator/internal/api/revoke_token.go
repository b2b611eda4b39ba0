package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// RevokeToken ends a token.
func (s *Server) RevokeToken(ctx context.Context, req *orchestratorv1.RevokeTokenRequest) (*orchestratorv1.RevokeTokenResponse, error) {
	t, err := s.store.RevokeToken(ctx, req.GetToken(), req.GetRequestedBy(), req.GetLastAdmin())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.RevokeTokenResponse{Token: tokenMessage(t)}, nil
}
