package api

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
)

// IdentifySubject says what somebody is granted whose issuer the gateway believes.
func (s *Server) IdentifySubject(ctx context.Context, req *orchestratorv1.IdentifySubjectRequest) (*orchestratorv1.IdentifySubjectResponse, error) {
	to := grant.Subject{Issuer: req.GetIssuer(), ID: req.GetSubject(), Claims: saidOf(req.GetClaims()), Shared: req.GetShared(), Owners: req.GetOwnerClaims()}
	var ends *time.Time
	if at := req.GetExpiresAt(); at != nil {
		end := at.AsTime()
		ends = &end
	}
	who, err := s.granted(ctx, to, req.GetName(), ends)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.IdentifySubjectResponse{Identity: who.Proto()}, nil
}

// granted is a subject with what is granted to it just now, by rows and by the file.
func (s *Server) granted(ctx context.Context, to grant.Subject, name string, ends *time.Time) (*identity.Identity, error) {
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
	who := &identity.Identity{Name: name, Issuer: to.Issuer, Subject: to.ID, ExpiresAt: ends}
	var held []identity.Grant
	for _, g := range kept {
		held = append(held, g.Grant)
	}
	who.Hold(held)
	return who, nil
}
