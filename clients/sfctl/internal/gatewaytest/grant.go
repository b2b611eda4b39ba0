package gatewaytest

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// GrantRole answers with the first of Grants.
func (o orchestrator) GrantRole(_ context.Context, req *orchestratorv1.GrantRoleRequest) (*orchestratorv1.GrantRoleResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.GrantRoleResponse{Grant: o.Grants[0]}, nil
}

// ListGrants answers with Grants, on one page: those that were not revoked, or all.
func (o orchestrator) ListGrants(_ context.Context, req *orchestratorv1.ListGrantsRequest) (*orchestratorv1.ListGrantsResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	resp := &orchestratorv1.ListGrantsResponse{}
	for _, g := range o.Grants {
		if req.GetEnded() || g.GetRevokedAt() == nil {
			resp.Grants = append(resp.Grants, g)
		}
	}
	return resp, nil
}

// RevokeRole answers with the first of Grants that has a part in its id, revoked by who asked.
func (o orchestrator) RevokeRole(_ context.Context, req *orchestratorv1.RevokeRoleRequest) (*orchestratorv1.RevokeRoleResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	for _, g := range o.Grants {
		if strings.Contains(g.GetId(), req.GetGrant()) {
			g := proto.CloneOf(g)
			g.RevokedAt, g.RevokedBy = g.GetCreatedAt(), req.GetRequestedBy()
			return &orchestratorv1.RevokeRoleResponse{Grant: g}, nil
		}
	}
	return nil, problem.New(problem.GrantNotFound, "no grant has %s in its id", req.GetGrant())
}
