package api

import (
	"context"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// RevokeRole ends a grant.
func (s *Server) RevokeRole(ctx context.Context, req *orchestratorv1.RevokeRoleRequest) (*orchestratorv1.RevokeRoleResponse, error) {
	g, err := s.store.RevokeRole(ctx, req.GetGrant(), req.GetRequestedBy(), req.GetLastAdmin())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.RevokeRoleResponse{Grant: grantMessage(g)}, nil
}
