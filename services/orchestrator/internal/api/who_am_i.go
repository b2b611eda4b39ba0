package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// WhoAmI says who the gateway found the caller to be.
func (s *Server) WhoAmI(ctx context.Context, _ *orchestratorv1.WhoAmIRequest) (*orchestratorv1.WhoAmIResponse, error) {
	who, err := caller(ctx)
	if err != nil || who == nil {
		return &orchestratorv1.WhoAmIResponse{}, err
	}
	return &orchestratorv1.WhoAmIResponse{Identity: who.Proto()}, nil
}

// caller is who the gateway says that a call comes from; nil where it asks nobody. Errors:
// UNAUTHENTICATED where what it says cannot be read.
func caller(ctx context.Context) (*identity.Identity, error) {
	who, err := identity.Incoming(ctx)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unauthenticated, "it is not known who calls: %v", err)
	}
	return who, nil
}

// granted are the datasets that the caller may see; nil for all.
func granted(ctx context.Context) ([]string, error) {
	who, err := caller(ctx)
	if err != nil || who == nil || who.All {
		return nil, err
	}
	return append([]string{}, who.Datasets...), nil
}
