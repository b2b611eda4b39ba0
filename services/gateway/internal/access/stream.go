package access

import (
	"context"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/problem"
)

// Stream decides about a stream of answers, once its request is known, and ends it where
// its caller is known no more: a watch lasts for hours, and a revocation is not to wait for
// it. It is the outermost interceptor of the connection.
func (g *Gate) Stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, who, err := g.begin(ctx, method)
	if err != nil {
		return nil, err
	}
	stream, err := open(ctx, desc, conn, method, opts...)
	if err != nil || who == nil {
		return stream, err
	}
	c, _ := ctx.Value(callerKey{}).(caller)
	return &decided{ClientStream: stream, gate: g, method: short(method), caller: c}, nil
}

// decided is a stream that goes on for as long as its caller may have it.
type decided struct {
	grpc.ClientStream
	gate   *Gate
	method string
	caller caller
}

// SendMsg sends a request that its caller may make. Errors: PERMISSION_DENIED.
func (d *decided) SendMsg(m any) error {
	if err := d.gate.decide(d.Context(), d.caller.who, d.method, m); err != nil {
		return err
	}
	return d.ClientStream.SendMsg(m)
}

// RecvMsg receives an answer for a caller who is still known. Errors: UNAUTHENTICATED. Where
// nobody can be asked just now, what was decided stands.
func (d *decided) RecvMsg(m any) error {
	if err := d.ClientStream.RecvMsg(m); err != nil {
		return err
	}
	if _, err := d.gate.known.find(d.Context(), d.caller.with); problem.Is(err, problem.Unauthenticated) {
		return err
	}
	return nil
}
