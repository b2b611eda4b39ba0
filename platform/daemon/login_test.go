package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/telemetry"
)

// refusing is a server that lets nobody in, and counts who asked.
func refusing(t *testing.T) (url string, asked *atomic.Int32) {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = lis.Close() })
	asked = &atomic.Int32{}
	go func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			backend := pgproto3.NewBackend(conn, conn)
			_, _ = backend.ReceiveStartupMessage()
			backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "password authentication failed"})
			_ = backend.Flush()
			_ = conn.Close()
		}
	}()
	return fmt.Sprintf("postgres://sf_quality:wrong@%s/x?sslmode=disable", lis.Addr()), asked
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Every try with a wrong password is one that a server counts, and may lock out for.
func TestAServiceThatIsNotLetInAsksLessAndLess(t *testing.T) {
	t.Parallel()
	url, asked := refusing(t)
	ctx, stop := context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer stop()
	log := &lines{}

	require.NoError(t, daemon.Run(ctx, spec(&worker{}), daemon.Config{
		Listen: "127.0.0.1:0", DatabaseURL: url, Log: slog.New(slog.NewTextHandler(log, nil)),
	}))

	require.GreaterOrEqual(t, asked.Load(), int32(3))
	require.LessOrEqual(t, asked.Load(), int32(5), "after 0.1, 0.3, 0.7 and 1.5 seconds")
	require.Equal(t, 1, strings.Count(log.String(), "not ready, waiting"), "said once: %s", log)
}

// Connections that are open outlive a change of the password; readiness does not, and
// comes back with the right one.
func TestReadinessNoticesThatThePasswordWasChanged(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create role sf_turned login password 'test'; grant sf_quality to sf_turned")
	t.Cleanup(func() { db.Exec(t, "drop owned by sf_turned; drop role sf_turned") })
	s := spec(&worker{})
	require.NoError(t, daemon.Migrate(t.Context(), s, daemon.MigrateConfig{OwnerURL: db.OwnerURL(), DatabaseURL: db.URL("sf_quality"), SharedRoles: true}))
	addr, ready := make(chan net.Addr, 1), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- daemon.Run(ctx, s, daemon.Config{
			Listen: "127.0.0.1:0", DatabaseURL: db.URL("sf_turned"), Log: telemetry.Discard(),
			Listening: func(a net.Addr) { addr <- a }, Ready: func() { close(ready) },
			WatchEvery: 20 * time.Millisecond, KnockEvery: 50 * time.Millisecond,
		})
	}()
	conn, err := grpcserver.Dial((<-addr).String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	<-ready
	becomes := func(want healthv1.HealthCheckResponse_ServingStatus) {
		t.Helper()
		require.Eventually(t, func() bool {
			r, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
			return err == nil && r.GetStatus() == want
		}, 10*time.Second, 10*time.Millisecond)
	}
	becomes(healthv1.HealthCheckResponse_SERVING)

	db.Exec(t, "alter role sf_turned password 'another'")
	becomes(healthv1.HealthCheckResponse_NOT_SERVING)
	db.Exec(t, "alter role sf_turned password 'test'")
	becomes(healthv1.HealthCheckResponse_SERVING)

	stop()
	require.NoError(t, <-ended)
}
