package grpcserver

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
)

// Named returns what Dial needs to say, in the errors of the connection, which service
// is away and where it was looked for. gRPC's own words do not name the service, and
// not even an address where its name resolves to none.
func Named(service, address string) []grpc.DialOption {
	a := absence{service, address}
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(a.unary), grpc.WithChainStreamInterceptor(a.stream)}
}

// absence gives the errors of a connection their reason, so that a caller reads
// which service is away and where it was looked for.
type absence struct{ service, address string }

func (a absence) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return a.explain(call(ctx, method, req, reply, cc, opts...))
}

func (a absence) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	s, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, a.explain(err)
	}
	return absentStream{s, a}, nil
}

type absentStream struct {
	grpc.ClientStream
	absence absence
}

// RecvMsg receives into m; an error that is the absence of the service says whose.
func (s absentStream) RecvMsg(m any) error { return s.absence.explain(s.ClientStream.RecvMsg(m)) }

// explain leaves alone what a service said itself, which carries details.
func (a absence) explain(err error) error {
	st, ok := status.FromError(err)
	if err == nil || !ok || len(st.Details()) > 0 {
		return err
	}
	switch st.Code() {
	case codes.Unavailable:
		return problem.Wrap(err, problem.ServiceUnavailable, "the %s service cannot be reached at %s: %s", a.service, a.address, st.Message()).
			With("service", a.service)
	case codes.DeadlineExceeded:
		return problem.Wrap(err, problem.ServiceUnavailable, "the %s service at %s did not answer in time", a.service, a.address).
			With("service", a.service)
	default:
		return err
	}
}
