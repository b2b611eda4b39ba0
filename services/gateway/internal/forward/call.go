package forward

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
)

// unary passes one call on. The server's interceptors come first: the request is
// checked against its declared rules here, and the context carries its id onward.
func (m *method) unary(_ any, ctx context.Context, decode func(any) error, chain grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is grpc's
	entered, refused := m.enter(ctx)
	if refused != nil {
		return m.through(ctx, nil, chain, func(context.Context, any) (any, error) { return nil, refused })
	}
	ctx = entered
	req := m.request.New().Interface()
	if err := decode(req); err != nil {
		return nil, err
	}
	return m.through(ctx, req, chain, func(ctx context.Context, req any) (any, error) {
		resp := m.response.New().Interface()
		if err := m.conn.Invoke(ctx, m.full, req, resp); err != nil {
			return nil, err
		}
		return resp, nil
	})
}

// refuseUnary does not even read the request, and tells nobody who is not known what there is.
func (m *method) refuseUnary(_ any, ctx context.Context, _ func(any) error, chain grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is grpc's
	return m.through(ctx, nil, chain, func(ctx context.Context, _ any) (any, error) { return nil, m.refuse(ctx) })
}

func (m *method) through(ctx context.Context, req any, chain grpc.UnaryServerInterceptor, call grpc.UnaryHandler) (any, error) {
	if chain == nil {
		return call(ctx, req)
	}
	return chain(ctx, req, &grpc.UnaryServerInfo{FullMethod: m.full}, call)
}

func (m *method) refuseStream(_ any, out grpc.ServerStream) error { return m.refuse(out.Context()) }

// refuse asks for a token first: without one, that is what is missing.
func (m *method) refuse(ctx context.Context) error {
	if _, err := m.enter(ctx); err != nil {
		return err
	}
	return m.refusal()
}

// stream passes a stream of answers on until it ends, or the client goes away: its
// context then cancels the call behind.
func (m *method) stream(_ any, out grpc.ServerStream) error {
	if _, err := m.enter(out.Context()); err != nil {
		return err
	}
	req := m.request.New().Interface()
	if err := out.RecvMsg(req); err != nil {
		return err
	}
	entered, err := m.enter(out.Context()) // which knows the request by now
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(entered)
	defer cancel()
	if p, ok := peer.FromContext(ctx); ok {
		leave, err := m.watches.Enter(p.Addr.String())
		if err != nil {
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
	for {
		resp := m.response.New().Interface()
		err := in.RecvMsg(resp)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := out.SendMsg(resp); err != nil {
			return err
		}
	}
}
