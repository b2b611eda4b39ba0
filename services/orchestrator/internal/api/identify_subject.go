package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
)

// IdentifySubject says what somebody is granted whose issuer the gateway believes.
func (s *Server) IdentifySubject(ctx context.Context, req *orchestratorv1.IdentifySubjectRequest) (*orchestratorv1.IdentifySubjectResponse, error) {
	to := grant.Subject{Issuer: req.GetIssuer(), ID: req.GetSubject(), Shared: req.GetShared(), Owners: req.GetOwnerClaims()}
	for _, c := range req.GetClaims() {
		to.Claims = append(to.Claims, grant.Claim{Name: c.GetName(), Value: c.GetValue()})
	}
	kept, err := s.store.GrantsTo(ctx, to)
	if err != nil {
		return nil, err
	}
	if s.Grants != nil {
		for _, g := range s.Grants() {
			if g.Counts(to) {
				kept = append(kept, g)
			}
		}
	}
	who := &identity.Identity{Name: req.GetName(), Issuer: to.Issuer, Subject: to.ID}
	if at := req.GetExpiresAt(); at != nil {
		ends := at.AsTime()
		who.ExpiresAt = &ends
	}
	var held []identity.Grant
	for _, g := range kept {
		held = append(held, g.Grant)
	}
	who.Hold(held)
	return &orchestratorv1.IdentifySubjectResponse{Identity: who.Proto()}, nil
}
