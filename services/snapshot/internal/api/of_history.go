package api

import (
	"context"
	"errors"
	"slices"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// OfHistory registers a service whose tables are those of history: where a function of a user's
// own, such as that of an event trigger, keeps them from being made, altered or written to, it
// is they that differ, whichever call met it, and not live tables.
type OfHistory struct{ grpc.ServiceRegistrar }

// RegisterService gives every method its way to answer with an error.
func (r OfHistory) RegisterService(desc *grpc.ServiceDesc, srv any) {
	own := *desc
	own.Methods, own.Streams = slices.Clone(desc.Methods), slices.Clone(desc.Streams)
	for i, m := range own.Methods {
		own.Methods[i].Handler = func(srv any, ctx context.Context, dec func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
			return m.Handler(srv, ctx, dec, func(ctx context.Context, req any, info *grpc.UnaryServerInfo, call grpc.UnaryHandler) (any, error) {
				answer := func(ctx context.Context, req any) (any, error) {
					resp, err := call(ctx, req)
					return resp, ofHistory(err)
				}
				if chain == nil {
					return answer(ctx, req)
				}
				return chain(ctx, req, info, answer)
			})
		}
	}
	for i, s := range own.Streams {
		own.Streams[i].Handler = func(srv any, stream grpc.ServerStream) error { return ofHistory(s.Handler(srv, stream)) }
	}
	r.ServiceRegistrar.RegisterService(&own, srv)
}

func ofHistory(err error) error {
	var p *problem.Error
	if err = postgres.Problem(err); !errors.As(err, &p) || p.Reason != problem.LiveTableDiffers {
		return err
	}
	own := *p
	own.Reason = problem.SnapshotTableDiffers
	return &own
}
