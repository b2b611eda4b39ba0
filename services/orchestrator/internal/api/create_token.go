package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// CreateToken makes a token, and answers with its secret this once.
func (s *Server) CreateToken(ctx context.Context, req *orchestratorv1.CreateTokenRequest) (*orchestratorv1.CreateTokenResponse, error) {
	t, secret, err := s.store.CreateToken(ctx, store.NewToken{
		Name: req.GetName(), Role: identity.RoleOf(req.GetRole()), All: req.GetAllDatasets(), Datasets: req.GetDatasets(),
		Lasts: req.GetExpiresIn().AsDuration(), RequestedBy: req.GetRequestedBy(),
	})
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.CreateTokenResponse{Token: tokenMessage(t), Secret: secret}, nil
}
