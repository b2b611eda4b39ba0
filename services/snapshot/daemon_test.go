package snapshot_test

import (
	"bytes"
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/snapshot"
)

func TestDaemonServesAndStops(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, stop := context.WithCancel(context.Background())
	address, ready, ended := make(chan string, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- daemon.Run(ctx, snapshot.Daemon(snapshot.Config{}), daemon.Config{
			Listen: "127.0.0.1:0", DatabaseURL: db.URL("sf_snapshot"), Log: telemetry.Discard(),
			Listening: func(a net.Addr) { address <- a.String() },
			Ready:     func() { close(ready) },
		})
	}()
	<-ready

	conn, err := grpcserver.Dial(<-address)
	require.NoError(t, err)
	answer, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})

	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, answer.GetStatus())
	require.NoError(t, conn.Close())
	stop()
	require.NoError(t, <-ended)
}

func TestDaemonListsItsSettings(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer

	code := daemon.Command(t.Context(), snapshot.Daemon(snapshot.Config{}), []string{"-h"}, nil, &out)

	require.Zero(t, code)
	for _, want := range []string{"SF_SNAPSHOT_PARALLEL", "SF_SNAPSHOT_LOCK_TIMEOUT", "2s", "127.0.0.1:7103", "SF_DATABASE_URL"} {
		require.Contains(t, out.String(), want)
	}
}

func TestNewNeedsAPool(t *testing.T) {
	t.Parallel()

	_, err := snapshot.New(snapshot.Config{}, daemon.Deps{Log: telemetry.Discard()})

	require.ErrorContains(t, err, "expected a pool")
}

// What a user gave is taken as it is, or refused: it is no default because it is 0.
func TestASettingOfNothingIsNoDefault(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer

	code := daemon.Command(t.Context(), snapshot.Daemon(snapshot.Config{}),
		[]string{"serve", "--listen", "127.0.0.1:0", "--database-url", pgtest.New(t).URL("sf_snapshot"), "--parallel", "0"}, func(string) (string, bool) { return "", false }, &said)

	require.Equal(t, 1, code)
	require.Contains(t, said.String(), "parallel: expected at least 1, found 0")
}
