package access

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/request"
	"github.com/streamflow/streamflow/services/gateway/internal/trail"
)

// Log is where the gate writes what is asked of it: trail.Book.
type Log interface {
	Begin(ctx context.Context, l *trail.Line) (*trail.Act, error)
	Refuse(ctx context.Context, l *trail.Line, reason string)
}

// Record has the gate write into a log. Without one it writes nothing, as in tests of what
// it decides.
func (g *Gate) Record(l Log) { g.log = l }

// act is what is under way, where it stands in the log; nil where it does not.
type act struct {
	of   *trail.Act
	made string
	stop func() bool
}

// act writes that something is about to be asked of a service, where that is recorded.
// Errors: AUDIT_UNAVAILABLE.
func (g *Gate) act(ctx context.Context, who *identity.Identity, method string, req any) (*act, error) {
	if g.log == nil || !table[method].log.always() {
		return nil, nil
	}
	request.Audited(ctx)
	if who == nil { // whom the gateway asks for: a session that is to end
		who = From(ctx)
	}
	a, err := g.log.Begin(ctx, line(ctx, who, method, req))
	if err != nil {
		return nil, err
	}
	return &act{of: a, stop: func() bool { return true }}, nil
}

// end writes what came of it.
func (a *act) end(ctx context.Context, resp any, err error) {
	if a == nil {
		return
	}
	a.stop()
	if err == nil {
		a.makes(resp)
	}
	a.of.End(ctx, a.made, err)
}

// endWith ends it where a context does: who asked has gone away, and nobody receives the
// answer any more.
func (a *act) endWith(ctx context.Context) {
	if a == nil {
		return
	}
	a.stop = context.AfterFunc(ctx, func() { a.of.End(ctx, "", status.FromContextError(ctx.Err()).Err()) })
}

// makes notes what an answer says was made.
func (a *act) makes(resp any) {
	if a == nil {
		return
	}
	if m, ok := resp.(proto.Message); ok {
		if made := trail.Made(m); made != "" {
			a.made = made
		}
	}
}

// refused writes that the gate refused a call: one of what is recorded, or one that somebody
// may not make.
func (g *Gate) refused(ctx context.Context, method string, req any, err error) {
	if g.log == nil || isGateway(ctx) || !table[method].log.always() && !forbidden(err) {
		return
	}
	request.Audited(ctx)
	g.log.Refuse(ctx, line(ctx, From(ctx), method, req), trail.Reason(err))
}

// forbidden says whether an error is about who asks, and not about what.
func forbidden(err error) bool {
	return problem.Is(err, problem.Unauthenticated) || problem.Is(err, problem.PermissionDenied) || problem.Is(err, problem.NotExposed)
}

// RefusedCall writes that a call over gRPC was refused at the door, before it came to the
// gate: nobody is known, the request breaks a rule, or the RPC is no caller's. Of the request
// nothing is repeated.
func (g *Gate) RefusedCall(ctx context.Context, method string, err error) {
	g.refused(ctx, short(method), nil, err)
}

// refusedRequest writes so of a request over HTTP, where the gate did not write of it.
func (g *Gate) refusedRequest(r *http.Request) {
	ctx := r.Context()
	rpc, reason := request.Unaudited(ctx)
	if g.log == nil || reason == "" || !table[rpc].log.always() && reason != string(problem.Unauthenticated) && reason != string(problem.PermissionDenied) {
		return
	}
	l := line(ctx, From(ctx), rpc, nil)
	if rpc == "" {
		l.What = r.Method + " " + r.URL.Path
	}
	g.log.Refuse(ctx, l, reason)
}

// RefusedOrigin writes that a page of another site tried to change something.
func (g *Gate) RefusedOrigin(r *http.Request) {
	if g.log != nil {
		g.log.Refuse(r.Context(), &trail.Line{What: r.Method + " " + r.URL.Path, From: r.RemoteAddr, RequestId: request.ID(r.Context())}, string(problem.OriginNotAllowed))
	}
}

// line is what the log says of a call. Where nobody is asked who they are, it says what they
// call themselves.
func line(ctx context.Context, who *identity.Identity, method string, req any) *trail.Line {
	l := &trail.Line{What: method, From: address(ctx), RequestId: requestID(ctx)}
	m, ok := req.(proto.Message)
	if ok {
		l.Dataset, l.Target, l.Facts = trail.Dataset(m), trail.Target(m), trail.Facts(m)
	}
	switch {
	case who != nil:
		l.Who, l.Token, l.Role = who.Name, who.Token, string(who.Role)
		if who.Subject != "" {
			l.Facts = strings.TrimSpace(trail.By(who.Issuer, who.Subject) + " " + l.Facts)
		}
	case ok:
		l.Who = field(m, "requested_by")
	}
	return l
}

type addressKey struct{}

// address is where a call comes from.
func address(ctx context.Context) string {
	if at, ok := ctx.Value(addressKey{}).(string); ok {
		return at
	}
	if p, ok := peer.FromContext(ctx); ok {
		return p.Addr.String()
	}
	return ""
}

// requestID is the id that a call goes by in the services' logs.
func requestID(ctx context.Context) string {
	md, _ := metadata.FromOutgoingContext(ctx)
	ids := md.Get(grpcserver.RequestIDKey)
	if len(ids) == 0 { // a call over gRPC that is not begun yet
		ids = metadata.ValueFromIncomingContext(ctx, grpcserver.RequestIDKey)
	}
	if len(ids) > 0 && grpcserver.PlainID(ids[0]) {
		return ids[0]
	}
	return request.ID(ctx)
}

// Keeper is the orchestrator, as the gateway itself calls it to keep the log.
func (g *Gate) Keeper() trail.Keeper { return keeper{g} }

type keeper struct{ gate *Gate }

// RecordAudit has a line written.
func (k keeper) RecordAudit(ctx context.Context, in *orchestratorv1.RecordAuditRequest, opts ...grpc.CallOption) (*orchestratorv1.RecordAuditResponse, error) {
	return k.gate.services.Orchestrator.RecordAudit(asGateway(ctx), in, opts...)
}

// RecordCheckpoint has a checkpoint kept.
func (k keeper) RecordCheckpoint(ctx context.Context, in *orchestratorv1.RecordCheckpointRequest, opts ...grpc.CallOption) (*orchestratorv1.RecordCheckpointResponse, error) {
	return k.gate.services.Orchestrator.RecordCheckpoint(asGateway(ctx), in, opts...)
}

// ListAuditSegments asks for what retention may remove.
func (k keeper) ListAuditSegments(ctx context.Context, in *orchestratorv1.ListAuditSegmentsRequest, opts ...grpc.CallOption) (*orchestratorv1.ListAuditSegmentsResponse, error) {
	return k.gate.services.Orchestrator.ListAuditSegments(asGateway(ctx), in, opts...)
}

// DropAudit has lines removed.
func (k keeper) DropAudit(ctx context.Context, in *orchestratorv1.DropAuditRequest, opts ...grpc.CallOption) (*orchestratorv1.DropAuditResponse, error) {
	return k.gate.services.Orchestrator.DropAudit(asGateway(ctx), in, opts...)
}
