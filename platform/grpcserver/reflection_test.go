package grpcserver_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
)

// tell serves, and returns a connection.
func tell(t *testing.T, silent bool) *grpc.ClientConn {
	t.Helper()
	server, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	if silent {
		server.HideServices()
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, lis) }()
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Close()
		stop()
		require.NoError(t, <-served)
	})
	return conn
}

// Who asks what is served is told so, unless that is turned off; health answers either way.
func TestReflectionCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	list := func(conn *grpc.ClientConn) error {
		stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(context.Background())
		if err != nil {
			return err
		}
		_ = stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}})
		_, err = stream.Recv()
		return err
	}
	for _, silent := range []bool{false, true} {
		conn := tell(t, silent)

		err := list(conn)
		_, healthErr := healthv1.NewHealthClient(conn).Check(context.Background(), &healthv1.HealthCheckRequest{Service: grpcserver.LivenessService})

		require.NoError(t, healthErr)
		if silent {
			require.Equal(t, codes.Unimplemented, status.Code(err), "%v", err)
			continue
		}
		require.NoError(t, err)
	}
}
