package grpcserver

import (
	"context"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
)

// reflectionMethods begins the names of what tells a caller which services there are.
const reflectionMethods = "/grpc.reflection."

// Doorkeeper says why a caller may not call an RPC by its full name, as in
// /streamflow.ingest.v1.IngestService/Stage; nil where it may.
type Doorkeeper interface {
	Check(ctx context.Context, method string) error
}

// everybody is let in where nobody is asked.
type everybody struct{}

func (everybody) Check(context.Context, string) error { return nil }

// Both lets in whom one and then the other lets in.
func Both(one, other Doorkeeper) Doorkeeper { return both{one, other} }

type both [2]Doorkeeper

func (b both) Check(ctx context.Context, method string) error {
	if err := b[0].Check(ctx, method); err != nil {
		return err
	}
	return b[1].Check(ctx, method)
}

// gate keeps callers out that have no business here, and calls from a service that has not got what it stands on yet: they would
// end in errors that no caller takes for one that passes. Once open it stays so: what
// happens to the database later, a call meets itself, and it has a reason of its own.
type gate struct {
	// door asks who calls.
	door Doorkeeper
	// service is whom the gate is closed for; nil where it is open.
	service atomic.Pointer[string]
	// silent says that the server does not tell what it serves.
	silent bool
}

// check refuses a caller whom the door does not let in, and a method while the gate is
// closed. Health answers always, and reflection whoever is let in.
func (g *gate) check(ctx context.Context, method string) error {
	if err := g.door.Check(ctx, method); err != nil {
		return err
	}
	if g.silent && strings.HasPrefix(method, reflectionMethods) {
		return status.Error(codes.Unimplemented, "reflection is turned off here")
	}
	service := g.service.Load()
	if service == nil || strings.HasPrefix(method, internalMethods) {
		return nil
	}
	return problem.New(problem.ServiceUnavailable,
		"the %s service is not ready: PostgreSQL or its migrations are not there yet", *service).
		With("service", *service)
}
