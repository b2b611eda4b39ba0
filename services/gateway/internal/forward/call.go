package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
)

// unary passes one call on. The server's interceptors come first: the request is
// checked against its declared rules here, and the context carries its id onward.
func (m *method) unary(_ any, ctx context.Context, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is grpc's
	ctx = named(ctx)
	entered, refused := m.arrive(ctx)
	if refused != nil {
		m.refused(ctx, m.full, refused)
		return m.refuse(ctx, chain, func(context.Context) error { return refused })
	}
	ctx = entered
	req := m.request.New().Interface()
	if err := decode(req); err != nil {
		m.refused(ctx, m.full, err)
		return nil, err
	}
	passed := false
	resp, err := m.through(ctx, req, chain, func(ctx context.Context, req any) (any, error) {
		passed = true
		resp := m.response.New().Interface()
		if err := m.conn.Invoke(ctx, m.full, req, resp); err != nil {
			return nil, err
		}
		return resp, nil
	})
	if !passed {
		m.refused(ctx, m.full, err)
	}
	return resp, err
}

// named gives a call an id where its caller gave it none that may be one, so that what is
// refused before it is begun goes by the same as the log of the call.
func named(ctx context.Context) context.Context {
	md, _ := metadata.FromIncomingContext(ctx)
	if ids := md.Get(grpcserver.RequestIDKey); len(ids) > 0 && grpcserver.PlainID(ids[0]) {
		return ctx
	}
	md = metadata.Join(md) // a copy
	md.Set(grpcserver.RequestIDKey, ident.New(ident.Request))
	return metadata.NewIncomingContext(ctx, md)
}

// refuseUnary does not even read the request, and tells nobody who is not known what there is.
func (m *method) refuseUnary(_ any, ctx context.Context, _ func(any) error, chain grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is grpc's
	return m.refuse(named(ctx), chain, m.closed)
}

// refuse answers with what a function says, and reads no request.
func (m *method) refuse(ctx context.Context, chain grpc.UnaryServerInterceptor, err func(context.Context) error) (any, error) {
	return m.through(ctx, nil, chain, func(ctx context.Context, _ any) (any, error) { return nil, err(ctx) })
}

func (m *method) through(ctx context.Context, req any, chain grpc.UnaryServerInterceptor, call grpc.UnaryHandler) (any, error) {
	if chain == nil {
		return call(ctx, req)
	}
	return chain(ctx, req, &grpc.UnaryServerInfo{FullMethod: m.full}, call)
}

func (m *method) refuseStream(_ any, out grpc.ServerStream) error { return m.closed(out.Context()) }

// closed is the error of what no caller may call. It asks for a token first: without one,
// that is what is missing.
func (m *method) closed(ctx context.Context) error {
	entered, err := m.arrive(ctx)
	if err != nil {
		m.refused(ctx, m.full, err)
		return err
	}
	m.refused(entered, m.full, m.refusal())
	return m.refusal()
}

// stream passes a stream of answers on until it ends, or the client goes away: its
// context then cancels the call behind.
func (m *method) stream(_ any, out grpc.ServerStream) error {
	known, err := m.arrive(out.Context())
	if err != nil {
		m.refused(out.Context(), m.full, err)
		return err
	}
	req := m.request.New().Interface()
	if err := out.RecvMsg(req); err != nil {
		m.refused(known, m.full, err)
		return err
	}
	entered, err := m.enter(out.Context()) // which knows the request by now
	if err != nil {
		m.refused(out.Context(), m.full, err)
		return err
	}
	ctx, cancel := context.WithCancel(entered)
	defer cancel()
	if p, ok := peer.FromContext(ctx); ok {
		leave, err := m.watches.Enter(p.Addr.String())
		if err != nil {
			m.refused(ctx, m.full, err)
			return err
		}
		defer leave()
	}
	in, err := m.conn.NewStream(ctx, &grpc.StreamDesc{StreamName: m.name, ServerStreams: true}, m.full)
	if err != nil {
		return err
	}
	// An error of sending is io.EOF, and the one that counts comes from receiving.
	if err := in.SendMsg(req); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("forward %s: %w", m.full, err)
	}
	if err := in.CloseSend(); err != nil {
		return fmt.Errorf("forward %s: %w", m.full, err)
	}
	return m.pass(in, out)
}

// pass sends on what comes in, until it ends.
func (m *method) pass(in grpc.ClientStream, out grpc.ServerStream) error {
	for {
		resp := m.response.New().Interface()
		err := in.RecvMsg(resp)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := sendWithin(sendLimit, out, resp); err != nil {
			return err
		}
	}
}

// sendLimit is how long a client may leave an answer of a stream unread: so long as it takes
// nothing, the call behind waits for it.
const sendLimit = time.Minute

// sendWithin sends an answer, and gives up on a client that does not take it: what is held for
// it is given back when the call ends. Errors: LIMIT_REACHED.
func sendWithin(limit time.Duration, out grpc.ServerStream, resp any) error {
	sent := make(chan error, 1)
	go func() { sent <- out.SendMsg(resp) }() // ends with the stream, which ends with its handler
	slow := time.NewTimer(limit)
	defer slow.Stop()
	select {
	case err := <-sent:
		return err
	case <-slow.C:
		return problem.New(problem.LimitReached, "the client has not read what was sent to it for %s: the call is cut off", limit)
	}
}
