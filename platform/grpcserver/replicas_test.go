package grpcserver_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// replica serves svc with connections that age at once.
func replica(t *testing.T, svc *service) (*grpcserver.Server, string) {
	t.Helper()
	srv, err := grpcserver.NewAged(telemetry.Discard(), 20*time.Millisecond)
	require.NoError(t, err)
	ingestv1.RegisterIngestServiceServer(srv, svc)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- srv.Serve(ctx, lis) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-stopped) })
	return srv, lis.Addr().String()
}

func dial(t *testing.T, target string, extra ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpcserver.Dial(target, extra...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestAStreamOutlivesTheAgeOfItsConnection(t *testing.T) {
	t.Parallel()
	from := make(chan string, 1)
	srv, addr := replica(t, &service{get: func(ctx context.Context) error {
		p, _ := peer.FromContext(ctx)
		from <- p.Addr.String()
		return nil
	}})
	conn := dial(t, addr)
	stream, err := healthv1.NewHealthClient(conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	now, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, now.GetStatus())

	// Calls come over a third connection: the stream's own, the first, came of age, and
	// so did the one after it.
	ctx := patience(t)
	for connections := map[string]bool{}; len(connections) < 3; {
		call(ctx, t, conn)
		connections[<-from] = true
	}
	srv.SetReady(true)
	now, err = stream.Recv()
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, now.GetStatus())
}

func TestAReplicaThatComesLaterGetsCalls(t *testing.T) {
	t.Parallel()
	by := make(chan string, 1)
	as := func(name string) resolver.Address {
		_, addr := replica(t, &service{get: func(context.Context) error { by <- name; return nil }})
		return resolver.Address{Addr: addr}
	}
	first, later := as("first"), as("later")
	names := manual.NewBuilderWithScheme("replicas")
	names.InitialState(resolver.State{Addresses: []resolver.Address{first}})
	// As a name server: it knows the later replica too, but has to be asked.
	names.ResolveNowCallback = func(resolver.ResolveNowOptions) {
		go names.UpdateState(resolver.State{Addresses: []resolver.Address{first, later}})
	}
	conn := dial(t, "replicas:///ingest", grpc.WithResolvers(names))
	ctx := patience(t)
	for _, want := range []string{"first", "later", "first", "later"} {
		for got := ""; got != want; got = <-by {
			call(ctx, t, conn)
		}
	}
}

// patience ends a test that calls in vain.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// call makes a call, which must not fail: neither an age nor a new name costs one.
func call(ctx context.Context, t *testing.T, conn *grpc.ClientConn) {
	t.Helper()
	_, err := ingestv1.NewIngestServiceClient(conn).GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)
}
