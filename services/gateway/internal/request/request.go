// Package request is what the gateway knows of one HTTP request while it is served:
// the id that it goes by in every service's log, and what it came to.
package request

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/telemetry"
)

// Header carries the id in requests and answers.
const Header = "X-Request-Id"

// Request is one request that is being served.
type Request struct {
	// ID is the caller's X-Request-Id, or made up.
	ID string
	// Failure is the problem that was answered; empty for none.
	Failure string
	// rpc is what it means, as in OrchestratorService/StartRun; empty for none.
	rpc string
	// audited says that the audit log tells of it.
	audited atomic.Bool
}

type key struct{}

// Begin returns a context that knows the request, whose log records name it, and
// whose gRPC calls carry its id.
func Begin(r *http.Request) (context.Context, *Request) {
	q := &Request{ID: r.Header.Get(Header)}
	if !grpcserver.PlainID(q.ID) {
		q.ID = ident.New(ident.Request)
	}
	ctx := context.WithValue(r.Context(), key{}, q)
	ctx = telemetry.With(ctx, slog.String("request", q.ID))
	return metadata.AppendToOutgoingContext(ctx, grpcserver.RequestIDKey, q.ID), q
}

// ID returns the id of the request that ctx belongs to; empty outside of one.
func ID(ctx context.Context) string {
	if q, ok := ctx.Value(key{}).(*Request); ok {
		return q.ID
	}
	return ""
}

// Failed notes for the log what was answered.
func Failed(ctx context.Context, failure string) {
	if q, ok := ctx.Value(key{}).(*Request); ok {
		q.Failure = failure
	}
}

// Means notes which RPC a request stands for, as in OrchestratorService/StartRun.
func Means(ctx context.Context, rpc string) {
	if q, ok := ctx.Value(key{}).(*Request); ok {
		q.rpc = rpc
	}
}

// Audited notes that the audit log tells of the request that ctx belongs to.
func Audited(ctx context.Context) {
	if q, ok := ctx.Value(key{}).(*Request); ok {
		q.audited.Store(true)
	}
}

// Unaudited returns which RPC a request stands for, and the reason of what was answered,
// where that is a problem that the audit log tells nothing of; no reason otherwise.
func Unaudited(ctx context.Context) (rpc, reason string) {
	q, ok := ctx.Value(key{}).(*Request)
	if !ok || q.audited.Load() {
		return "", ""
	}
	reason, _, found := strings.Cut(q.Failure, ": ")
	if !found {
		return q.rpc, ""
	}
	return q.rpc, reason
}
