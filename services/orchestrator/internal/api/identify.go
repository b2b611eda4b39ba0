package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Identify says who a secret belongs to, by its hash.
func (s *Server) Identify(ctx context.Context, req *orchestratorv1.IdentifyRequest) (*orchestratorv1.IdentifyResponse, error) {
	who, err := s.identify(ctx, req)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.IdentifyResponse{Identity: who.Proto()}, nil
}

// identify looks for a session among those of issuers first, then for what is of a token.
func (s *Server) identify(ctx context.Context, req *orchestratorv1.IdentifyRequest) (*identity.Identity, error) {
	if req.GetSession() {
		signed, err := s.store.Session(ctx, req.GetHash())
		switch {
		case err != nil:
			return nil, err
		case signed != nil:
			return s.granted(ctx, signed.Subject, signed.Name, &signed.Ends)
		}
	}
	return s.store.Identify(ctx, req.GetHash(), req.GetSession())
}
