package grpcserver

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
)

// frame is a request as it came.
type frame struct{ bytes []byte }

// codec is protobuf's, and hands out a frame unread, so that it can be weighed first.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(grpcproto.Name)} }

// Unmarshal reads a message, or takes a frame as it is.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if f, ok := v.(*frame); ok {
		f.bytes = data.Materialize()
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}

// call is what one call holds of the room that requests have.
type call struct {
	tenant *tenant // nil where nobody counts
	bytes  int64
	ended  bool
}

// beginCall counts a call until end.
func beginCall(ctx context.Context) *call {
	c := &call{}
	if p, ok := peer.FromContext(ctx); ok {
		if at, ok := p.Addr.(tenantAddress); ok {
			c.tenant = at.tenant
			c.tenant.begin()
		}
	}
	return c
}

// end gives back what the call held; a second one does nothing.
func (c *call) end() {
	if c.tenant != nil && !c.ended {
		c.tenant.end(c.bytes)
	}
	c.ended = true
}

// read receives a request through recv, weighs it, and reads it into m. What is wrong
// with it is the caller's: INVALID_REQUEST, MESSAGE_TOO_LARGE; SERVICE_UNAVAILABLE where
// there is no room for it.
func (c *call) read(recv func(any) error, m proto.Message) error {
	var f frame
	if err := recv(&f); err != nil {
		return err
	}
	weight, err := weigh(f.bytes, m.ProtoReflect().Descriptor())
	if err != nil {
		return problem.FromError(err).GRPCStatus().Err()
	}
	c.bytes += int64(len(f.bytes))
	if c.tenant != nil && !c.ended {
		c.bytes += weight
		if !c.tenant.hold(weight) {
			return problem.New(problem.ServiceUnavailable, "other requests leave no room for this one: try again in a moment").GRPCStatus().Err()
		}
	}
	if err := proto.Unmarshal(f.bytes, m); err != nil {
		return problem.New(problem.InvalidRequest, "the request is no message of the contract: %v", err).GRPCStatus().Err()
	}
	return nil
}

// RegisterService registers a service, whose requests are weighed before they are read.
func (s *Server) RegisterService(desc *grpc.ServiceDesc, impl any) {
	weighed := *desc
	weighed.Methods = make([]grpc.MethodDesc, len(desc.Methods))
	for i, m := range desc.Methods {
		weighed.Methods[i] = grpc.MethodDesc{MethodName: m.MethodName, Handler: s.weighing(m.Handler)}
	}
	s.Server.RegisterService(&weighed, impl)
}

// weighing makes a handler whose call holds room until it is answered. Where the call is
// refused, its request is not even read.
func (s *Server) weighing(next grpc.MethodHandler) grpc.MethodHandler {
	return func(srv any, ctx context.Context, recv func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
		if method, ok := grpc.Method(ctx); ok && s.gate.door.Check(ctx, method) != nil {
			return chain(ctx, nil, &grpc.UnaryServerInfo{FullMethod: method}, unreached)
		}
		c := beginCall(ctx)
		defer c.end()
		return next(srv, ctx, func(v any) error {
			m, ok := v.(proto.Message)
			if !ok {
				return recv(v)
			}
			return c.read(recv, m)
		}, chain)
	}
}

// unreached is called where the chain lets through what it was to refuse: the door has
// changed its mind in between, as with a secret that was read again.
func unreached(context.Context, any) (any, error) {
	return nil, problem.New(problem.ServiceUnavailable, "who may call has just changed: try again")
}
