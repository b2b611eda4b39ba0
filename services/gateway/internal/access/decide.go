package access

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
)

// ofGRPC begins the names of gRPC's own services, of which the gateway calls health.
const ofGRPC = "/grpc."

// Unary decides about a call to a service before it is made, and has the audit log tell of
// it. It is the outermost interceptor of the connection.
func (g *Gate) Unary(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	entered, who, err := g.begin(ctx, method)
	if err == nil && who != nil {
		err = g.decide(entered, who, short(method), req)
	}
	if err != nil {
		g.refused(ctx, short(method), req, err)
		return err
	}
	act, err := g.act(entered, who, short(method), req)
	if err != nil {
		return err
	}
	err = call(entered, method, req, resp, conn, opts...)
	act.end(entered, resp, err)
	return err
}

// begin says who a call is made for, and puts that, and nothing else, into its metadata.
// Who is nil where the gateway asks nobody, or calls for itself. Errors: UNAUTHENTICATED,
// PERMISSION_DENIED where the role is too small whatever the request says.
func (g *Gate) begin(ctx context.Context, method string) (context.Context, *identity.Identity, error) {
	if g.open || isGateway(ctx) || strings.HasPrefix(method, ofGRPC) {
		ctx, err := identity.Outgoing(ctx, nil)
		return ctx, nil, err
	}
	who := From(ctx)
	if who == nil {
		return ctx, nil, missing()
	}
	needs, listed := table[short(method)]
	if !listed || needs.role == "" && !needs.anybody {
		return ctx, nil, problem.New(problem.PermissionDenied, "%s is not for callers", short(method))
	}
	if !needs.anybody && !who.Role.Covers(needs.role) {
		return ctx, nil, tooSmall(who, short(method), needs.role)
	}
	ctx, err := identity.Outgoing(ctx, who)
	return ctx, who, err
}

// decide says whether somebody may ask for what a request asks for, and has it say that it
// is they who ask. Errors: PERMISSION_DENIED, and those of looking up what it names.
func (g *Gate) decide(ctx context.Context, who *identity.Identity, method string, req any) error {
	m, ok := req.(proto.Message)
	if !ok {
		return unreadable(method)
	}
	needs, what := table[method], method
	if needs.more != nil {
		if role, besides := needs.more(m); role != "" {
			needs.role, what = role, besides
		}
	}
	if !needs.anybody {
		if !who.Role.Covers(needs.role) {
			return tooSmall(who, what, needs.role)
		}
		if err := g.granted(ctx, who, method, what, needs, m); err != nil {
			return err
		}
	}
	pin(m, "requested_by", who.Name)
	return nil
}

// granted says whether a request is about what somebody is granted the role for.
func (g *Gate) granted(ctx context.Context, who *identity.Identity, method, what string, needs rule, m proto.Message) error {
	if who.RoleForAll().Covers(needs.role) {
		return nil
	}
	about, err := needs.of(ctx, g.services, m)
	switch {
	case err != nil && about.hides(err):
		return about.absent
	case err != nil:
		return err
	case about.none:
		return nil
	case about.all:
		return notGranted(who, "%s needs %s for all datasets", method, proof(who, needs.role))
	case who.RoleFor(about.dataset).Covers(needs.role):
		return about.besides()
	case who.For(about.dataset):
		return notGranted(who, "%s of dataset %q needs %s for it", what, about.dataset, proof(who, needs.role))
	case about.absent != nil:
		if !table[method].log.always() { // which is written of in any case
			g.refused(ctx, method, m, notGranted(who, "%s of another dataset needs a token for it", method))
		}
		return about.absent
	default:
		return notGranted(who, "%s of dataset %q needs %s for it", method, about.dataset, proof(who, needs.role))
	}
}

// proof is what somebody lacks, by what they have: a token is for all that it is for alike.
func proof(who *identity.Identity, need identity.Role) string {
	if who.Subject != "" {
		return "a grant of the role " + string(need)
	}
	return "a token"
}

func tooSmall(who *identity.Identity, what string, need identity.Role) error {
	has := "has the role " + string(who.Role)
	if who.Role == "" {
		has = "is granted none"
	}
	return lacking(problem.New(problem.PermissionDenied, "%s needs the role %s, and %s %s", what, need, who.Name, has), who).With("needs", string(need))
}

func notGranted(who *identity.Identity, format string, args ...any) error {
	p := problem.New(problem.PermissionDenied, format, args...)
	if who.Subject == "" {
		p.Message += ", and that of " + who.Name + " is for " + who.Scope()
	} else {
		p.Message += ", and " + who.Name + " is " + who.Held()
	}
	return lacking(p, who)
}

// lacking says of a refusal who was refused, so that somebody else can grant it to them.
func lacking(p *problem.Error, who *identity.Identity) *problem.Error {
	p = p.With("role", string(who.Role))
	if who.Subject == "" {
		return p.With("token", who.Token)
	}
	return p.With("issuer", who.Issuer).With("subject", who.Subject)
}

// short makes /streamflow.orchestrator.v1.OrchestratorService/GetRun
// OrchestratorService/GetRun.
func short(full string) string {
	service, method, _ := strings.Cut(strings.TrimPrefix(full, "/"), "/")
	return service[strings.LastIndexByte(service, '.')+1:] + "/" + method
}
