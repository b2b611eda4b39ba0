package access

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
)

// Stream decides about a stream of answers, once its request is known, and ends it where
// its caller is known no more: a watch lasts for hours, and a revocation is not to wait for
// it. It is the outermost interceptor of the connection.
func (g *Gate) Stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	entered, who, err := g.begin(ctx, method)
	if err != nil {
		g.refused(ctx, short(method), nil, err)
		return nil, err
	}
	stream, err := open(entered, desc, conn, method, opts...)
	if err != nil || who == nil && !table[short(method)].log.always() {
		return stream, err
	}
	c, _ := entered.Value(callerKey{}).(caller)
	return &decided{ClientStream: stream, gate: g, ctx: entered, who: who, method: short(method), caller: c}, nil
}

// decided is a stream that goes on for as long as its caller may have it.
type decided struct {
	grpc.ClientStream
	gate *Gate
	// ctx is that of who opened it: it ends where they go away.
	ctx    context.Context //nolint:containedctx // a stream has no other way to pass it on
	who    *identity.Identity
	method string
	caller caller
	act    *act
	// asked is the request, as it was decided about.
	asked proto.Message
}

// SendMsg sends a request that its caller may make. Errors: PERMISSION_DENIED,
// AUDIT_UNAVAILABLE.
func (d *decided) SendMsg(m any) error {
	if d.who != nil {
		if err := d.gate.decide(d.Context(), d.who, d.method, m); err != nil {
			d.gate.refused(d.ctx, d.method, m, err)
			return err
		}
	}
	act, err := d.gate.act(d.ctx, d.who, d.method, m)
	if err != nil {
		return err
	}
	if asked, ok := m.(proto.Message); ok {
		d.asked = proto.Clone(asked)
	}
	d.act = act
	act.endWith(d.ctx)
	err = d.ClientStream.SendMsg(m)
	if err != nil && !errors.Is(err, io.EOF) { // of which the error comes from receiving
		act.end(d.ctx, nil, err)
	}
	return err
}

// RecvMsg receives an answer for a caller who is still known, and may still have it. Errors:
// those of still.
func (d *decided) RecvMsg(m any) error {
	err := d.ClientStream.RecvMsg(m)
	if err == nil && d.who != nil {
		err = d.still()
	}
	switch {
	case errors.Is(err, io.EOF):
		d.act.end(d.ctx, nil, nil)
	case err != nil:
		d.act.end(d.ctx, nil, err)
	default:
		d.act.makes(m)
	}
	return err
}

// still says whether the caller may still have what they asked for. Errors: UNAUTHENTICATED,
// PERMISSION_DENIED, or that there is no such thing. Where nobody can be asked just now, what
// was decided stands.
func (d *decided) still() error {
	who, err := d.gate.known.find(d.Context(), d.caller.with)
	switch {
	case problem.Is(err, problem.Unauthenticated):
		return err
	case err != nil || who == d.who:
		return nil
	}
	// They were asked about again: what they are granted may be less than it was.
	d.who = who
	if err := d.gate.decide(d.Context(), who, d.method, d.asked); err != nil && !problem.Transient(err) {
		return err
	}
	return nil
}
