package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// CreateLogin makes a link to the page for whoever calls.
func (s *Server) CreateLogin(ctx context.Context, _ *orchestratorv1.CreateLoginRequest) (*orchestratorv1.CreateLoginResponse, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if who == nil {
		return nil, problem.New(problem.Unauthenticated, "a link to the page is made for who has a token, and the call came without one").
			Advise("Where the gateway asks for no token (SF_AUTH=none), the page is open: no link is needed.")
	}
	if who.Token == "" {
		return nil, problem.New(problem.PermissionDenied, "a link to the page is made for who has a token of the suite, and %s came by the issuer %s", who.Name, who.Issuer).
			Advise("Have an admin make a token of your own with `sfctl token create`, and make the link with that.")
	}
	secret, ends, err := s.store.CreateLogin(ctx, who.Token)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.CreateLoginResponse{Secret: secret, ExpiresAt: timestamppb.New(ends)}, nil
}

// RedeemLogin makes a session of a link's secret, once.
func (s *Server) RedeemLogin(ctx context.Context, req *orchestratorv1.RedeemLoginRequest) (*orchestratorv1.RedeemLoginResponse, error) {
	secret, ends, err := s.store.RedeemLogin(ctx, req.GetSecret())
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.RedeemLoginResponse{Secret: secret, ExpiresAt: timestamppb.New(ends)}, nil
}
