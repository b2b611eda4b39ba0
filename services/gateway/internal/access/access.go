// Package access is the one place in which the gateway decides who may do what. Whoever
// comes, over gRPC or HTTP, is asked for a secret (Enter, Only); whatever is called of a
// service goes through the decision (Unary, Stream), which sits on the connections to the
// services, so that no path leads around it: REST, the gRPC port, streams of events and
// pages all end there. What an RPC needs is one line of one table.
package access

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/issuer"
	"github.com/streamflow/streamflow/services/gateway/internal/rate"
)

// Modes of a gateway.
const (
	// Tokens asks everybody who they are.
	Tokens = "tokens"
	// None asks nobody: whoever reaches the gateway may do everything.
	None = "none"
)

// CheckMode refuses what is no mode.
func CheckMode(mode string) error {
	if mode != Tokens && mode != None {
		return fmt.Errorf("auth: expected %s or %s, found %q", Tokens, None, mode)
	}
	return nil
}

// Services are where the gate looks up who a secret belongs to, and which dataset what a
// request names is of.
type Services struct {
	Orchestrator orchestratorv1.OrchestratorServiceClient
	Ingest       ingestv1.IngestServiceClient
	Quality      qualityv1.QualityServiceClient
	Snapshot     snapshotv1.SnapshotServiceClient
}

// Gate decides. Its methods may be called from any goroutine.
type Gate struct {
	open     bool
	services Services
	known    *known
	log      Log
	rates    *rate.Buckets
	issuers  *issuer.Set // nil where none is believed
	page     Page
	// signing holds a place for each browser that comes back from an issuer. They wait for it
	// among themselves, so that a slow issuer holds up nobody who has a token.
	signing chan struct{}
}

// New makes a gate of a mode, which asks of each caller no more than rates allow, and believes
// issuers; nil for none. Give it the services with Use before the first request.
func New(mode string, rates *rate.Buckets, issuers *issuer.Set) *Gate {
	g := &Gate{open: mode == None, rates: rates, issuers: issuers, signing: make(chan struct{}, unknownAtOnce)}
	g.known = newKnown(g.identify)
	return g
}

// Use says where to look things up.
func (g *Gate) Use(s Services) { g.services = s }

// At says where browsers open the page.
func (g *Gate) At(p Page) { g.page = p }

// Open says whether the gate asks nobody.
func (g *Gate) Open() bool { return g.open }

// identify asks the orchestrator who a secret belongs to, or what a subject is granted.
func (g *Gate) identify(ctx context.Context, s shown) (*identity.Identity, error) {
	if s.subject != nil {
		resp, err := g.services.Orchestrator.IdentifySubject(asGateway(ctx), told(s.subject))
		if err != nil {
			return nil, err
		}
		return identity.Of(resp.GetIdentity()), nil
	}
	resp, err := g.services.Orchestrator.Identify(asGateway(ctx), &orchestratorv1.IdentifyRequest{Hash: s.hash[:], Session: s.kind == ofSession})
	if err != nil {
		return nil, err
	}
	return identity.Of(resp.GetIdentity()), nil
}

// told is what an issuer says of a subject, as the orchestrator hears it.
func told(s *issuer.Subject) *orchestratorv1.IdentifySubjectRequest {
	req := &orchestratorv1.IdentifySubjectRequest{
		Issuer: s.Issuer, Subject: s.ID, Name: s.Name, ExpiresAt: timestamppb.New(s.ExpiresAt), Shared: s.Shared, OwnerClaims: s.Owners,
	}
	for _, c := range s.Claims {
		req.Claims = append(req.Claims, &orchestratorv1.ClaimSaid{Name: c.Name, Value: c.Value})
	}
	return req
}

// caller is who a request comes from, and by what they were known, which is asked again
// while a stream lasts. What an issuer said is taken for as long: its tokens end within
// minutes, and what somebody is granted is what is asked.
type caller struct {
	who  *identity.Identity
	with shown
}

type callerKey struct{}

type gatewayKey struct{}

// From returns whose request a context is of; nil where nobody is asked.
func From(ctx context.Context) *identity.Identity {
	if c, ok := ctx.Value(callerKey{}).(caller); ok {
		return c.who
	}
	return nil
}

// asGateway is a context of calls that the gateway makes for itself.
func asGateway(ctx context.Context) context.Context {
	return context.WithValue(ctx, gatewayKey{}, true)
}

func isGateway(ctx context.Context) bool { return ctx.Value(gatewayKey{}) != nil }

// missing is the error of a request without a secret.
func missing() *problem.Error {
	return problem.New(problem.Unauthenticated, "expected a token, found none")
}
