package grpcserver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
)

func TestServicesMeetInMemory(t *testing.T) {
	t.Parallel()
	var memory grpcserver.Memory
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	listener := memory.Listen("ingest")
	require.NotEqual(t, "tcp", listener.Addr().Network())
	go func() { ended <- srv.Serve(ctx, listener) }()
	srv.SetReady(true)

	conn, err := grpcserver.Dial(memory.Address("ingest"), memory.Through()...)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	r, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, r.GetStatus())

	other, err := grpcserver.Dial(memory.Address("nobody"), memory.Through()...)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	_, err = healthv1.NewHealthClient(other).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.ErrorContains(t, err, `listens in this process`)
	stop()
	require.NoError(t, <-ended)
}
