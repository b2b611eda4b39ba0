package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// BeginSession makes a session of the page for somebody who has signed in, once.
func (s *Server) BeginSession(ctx context.Context, req *orchestratorv1.BeginSessionRequest) (*orchestratorv1.BeginSessionResponse, error) {
	who := store.Signed{
		Subject: grant.Subject{Issuer: req.GetIssuer(), ID: req.GetSubject(), Claims: saidOf(req.GetClaims()), Shared: req.GetShared(), Owners: req.GetOwnerClaims()},
		Name:    req.GetName(), Ends: req.GetExpiresAt().AsTime(),
	}
	secret, ends, err := s.store.BeginSession(ctx, who, req.GetOnce())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.BeginSessionResponse{Secret: secret, ExpiresAt: timestamppb.New(ends)}, nil
}

// EndSession ends a session of the page.
func (s *Server) EndSession(ctx context.Context, req *orchestratorv1.EndSessionRequest) (*orchestratorv1.EndSessionResponse, error) {
	if err := s.store.EndSession(ctx, req.GetHash()); err != nil {
		return nil, err
	}
	return &orchestratorv1.EndSessionResponse{}, nil
}

func saidOf(claims []*orchestratorv1.ClaimSaid) (said []grant.Claim) {
	for _, c := range claims {
		said = append(said, grant.Claim{Name: c.GetName(), Value: c.GetValue()})
	}
	return said
}
