package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
)

// GrantRole grants a role.
func (s *Server) GrantRole(ctx context.Context, req *orchestratorv1.GrantRoleRequest) (*orchestratorv1.GrantRoleResponse, error) {
	n := grant.Grant{
		Grant:  identity.Grant{Role: identity.RoleOf(req.GetRole()), All: req.GetAllDatasets(), Datasets: req.GetDatasets()},
		Issuer: req.GetIssuer(), Subject: req.GetSubject(),
	}
	for _, c := range req.GetClaims() {
		n.Claims = append(n.Claims, grant.Claim{Name: c.GetName(), Value: c.GetValue()})
	}
	g, err := s.store.GrantRole(ctx, n, req.GetRequestedBy())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.GrantRoleResponse{Grant: grantMessage(g)}, nil
}
