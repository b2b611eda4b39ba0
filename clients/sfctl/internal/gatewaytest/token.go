package gatewaytest

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Shown returns what the calls that came had in their header Authorization, in order; empty
// for one that had none.
func (g *Gateway) Shown() []string {
	g.Lock()
	defer g.Unlock()
	return append([]string(nil), g.shown...)
}

// ask notes what a call shows, and refuses it where another token is wanted.
func (g *Gateway) ask(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	shown := ""
	if values := metadata.ValueFromIncomingContext(ctx, "authorization"); len(values) > 0 {
		shown = values[0]
	}
	g.Lock()
	g.shown = append(g.shown, shown)
	wants := g.Wants
	g.Unlock()
	if wants != "" && shown != "Bearer "+wants {
		return nil, problem.New(problem.Unauthenticated, "expected a token, found none")
	}
	return next(ctx, req)
}

// CreateToken answers with the first of Tokens and Secret.
func (o orchestrator) CreateToken(_ context.Context, req *orchestratorv1.CreateTokenRequest) (*orchestratorv1.CreateTokenResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.CreateTokenResponse{Token: o.Tokens[0], Secret: o.Secret}, nil
}

// ListTokens answers with Tokens, on one page: those that were not revoked, or all.
func (o orchestrator) ListTokens(_ context.Context, req *orchestratorv1.ListTokensRequest) (*orchestratorv1.ListTokensResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	resp := &orchestratorv1.ListTokensResponse{}
	for _, t := range o.Tokens {
		if req.GetEnded() || t.GetRevokedAt() == nil {
			resp.Tokens = append(resp.Tokens, t)
		}
	}
	return resp, nil
}

// RevokeToken answers with the first of Tokens that has a part in its id, revoked by who
// asked where it was not before; the last that makes others only where that is said.
func (o orchestrator) RevokeToken(_ context.Context, req *orchestratorv1.RevokeTokenRequest) (*orchestratorv1.RevokeTokenResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	for _, t := range o.Tokens {
		if !strings.Contains(t.GetId(), req.GetToken()) {
			continue
		}
		if !req.GetLastAdmin() && makesOthers(t) && !slices.ContainsFunc(o.Tokens, func(other *orchestratorv1.Token) bool { return other != t && makesOthers(other) }) {
			return nil, problem.New(problem.LastAdmin, "token %s of %s is the last by which anybody is admin of all datasets", t.GetId(), t.GetName())
		}
		t := proto.CloneOf(t)
		if t.GetRevokedAt() == nil {
			t.RevokedAt, t.RevokedBy = t.GetCreatedAt(), req.GetRequestedBy()
		}
		return &orchestratorv1.RevokeTokenResponse{Token: t}, nil
	}
	return nil, problem.New(problem.TokenNotFound, "no token has %s in its id", req.GetToken())
}

func makesOthers(t *orchestratorv1.Token) bool {
	return t.GetRole() == orchestratorv1.Role_ROLE_ADMIN && t.GetAllDatasets() && t.GetRevokedAt() == nil
}

// WhoAmI answers with Identity.
func (o orchestrator) WhoAmI(_ context.Context, req *orchestratorv1.WhoAmIRequest) (*orchestratorv1.WhoAmIResponse, error) {
	return &orchestratorv1.WhoAmIResponse{Identity: o.Identity}, o.note(req)
}

// CreateLogin answers with Secret.
func (o orchestrator) CreateLogin(_ context.Context, req *orchestratorv1.CreateLoginRequest) (*orchestratorv1.CreateLoginResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.CreateLoginResponse{Secret: o.Secret, ExpiresAt: o.Tokens[0].GetCreatedAt()}, nil
}
