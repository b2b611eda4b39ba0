package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// breaking is a service whose work ends by itself.
type breaking struct {
	worker
	err error
}

func (b *breaking) Run(context.Context) error { return b.err }

// slow is a service without a database that answers after a while.
type slow struct {
	worker
	begun, cut chan struct{}
}

func (s *slow) Register(r grpc.ServiceRegistrar) { qualityv1.RegisterQualityServiceServer(r, s) }

func (s *slow) ListValidations(ctx context.Context, _ *qualityv1.ListValidationsRequest) (*qualityv1.ListValidationsResponse, error) {
	close(s.begun)
	select {
	case <-ctx.Done():
		close(s.cut)
		return nil, ctx.Err()
	case <-time.After(20 * time.Second):
		return &qualityv1.ListValidationsResponse{}, nil
	}
}

func serving(svc daemon.Service) daemon.Spec {
	return daemon.Spec{Name: "door", Listen: "127.0.0.1:0", New: func(daemon.Deps) (daemon.Service, error) { return svc, nil }}
}

func TestAServiceWhoseWorkFailsEndsItsDaemonAndIsNamed(t *testing.T) {
	t.Parallel()
	b := &breaking{err: errors.New("the port of HTTP is taken")}

	err := daemon.Run(t.Context(), serving(b), daemon.Config{Listen: "127.0.0.1:0", Log: telemetry.Discard()})

	require.EqualError(t, err, "door: the port of HTTP is taken")
	require.True(t, b.closed.Load(), "what it took is given back")
}

func TestAServiceThatCannotBeMadeIsNamed(t *testing.T) {
	t.Parallel()
	spec := serving(nil)
	spec.New = func(daemon.Deps) (daemon.Service, error) { return nil, errors.New("lease: expected more, found 1s") }

	err := daemon.Run(t.Context(), spec, daemon.Config{Listen: "127.0.0.1:0", Log: telemetry.Discard()})

	require.EqualError(t, err, "door: lease: expected more, found 1s")
}

func TestAnAddressThatIsTakenIsSaid(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()

	err = daemon.Run(t.Context(), serving(&worker{}), daemon.Config{Listen: taken.Addr().String(), Log: telemetry.Discard()})

	require.ErrorContains(t, err, "door: listen on "+taken.Addr().String())
	require.ErrorContains(t, err, "address already in use")
}

func TestADatabaseAddressThatIsNoneIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	err := daemon.Run(t.Context(), spec(&worker{}), daemon.Config{Listen: "127.0.0.1:0", DatabaseURL: "postgres://host:port/x", Log: telemetry.Discard()})

	require.ErrorContains(t, err, "quality: ")
	require.ErrorContains(t, err, "database URL")
}

// TestAStopThatWaitsForNobodyCutsCallsOff takes zeros at their word.
func TestAStopThatWaitsForNobodyCutsCallsOff(t *testing.T) {
	t.Parallel()
	s := &slow{begun: make(chan struct{}), cut: make(chan struct{})}
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		ended <- daemon.Run(ctx, serving(s), daemon.Config{
			Listen: "127.0.0.1:0", Log: telemetry.Discard(), Drain: &grpcserver.Drain{}, Listening: func(a net.Addr) { addr <- a },
		})
	}()
	conn, err := grpcserver.Dial((<-addr).String())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	answered := make(chan error, 1)
	go func() {
		_, err := qualityv1.NewQualityServiceClient(conn).ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "shop"})
		answered <- err
	}()
	<-s.begun
	began := time.Now()

	stop()

	require.NoError(t, <-ended)
	require.Error(t, <-answered)
	<-s.cut
	require.Less(t, time.Since(began), 9*time.Second, "the default would have waited for ten")
}

func TestSettingsOfAStopThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		env  map[string]string
		says string
	}{
		{[]string{"--drain-wait", "-5s"}, nil, "drain-wait: expected 0 or more, found -5s"},
		{nil, map[string]string{"SF_DRAIN_LIMIT": "-1ms"}, "drain-limit: expected 0 or more, found -1ms"},
		{nil, map[string]string{"SF_DRAIN_LIMIT": "10"}, `SF_DRAIN_LIMIT="10": expected a time, such as 10s`},
	} {
		var out bytes.Buffer
		code := daemon.Command(t.Context(), serving(&worker{}), append([]string{"serve"}, c.args...),
			func(k string) (string, bool) { v, ok := c.env[k]; return v, ok }, &out)
		require.Equal(t, 2, code, out.String())
		require.Contains(t, out.String(), c.says)
	}
}

func TestAServiceWithoutADatabaseHasNothingToMigrate(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"migrate", "roles"} {
		var out bytes.Buffer
		code := daemon.Command(t.Context(), serving(&worker{}), []string{verb}, func(string) (string, bool) { return "", false }, &out)
		require.Equal(t, 2, code)
		require.Contains(t, out.String(), `doord: unknown command "`+verb+`": want serve, health, version`)
	}
}

// TestReadinessFollowsWhatAServiceStandsOn lets what stands behind a service go and come
// back while it runs.
func TestReadinessFollowsWhatAServiceStandsOn(t *testing.T) {
	t.Parallel()
	d := &door{}
	addr := make(chan net.Addr, 1)
	var readied atomic.Int32
	go func() {
		_ = daemon.Run(t.Context(), serving(d), daemon.Config{
			Listen: "127.0.0.1:0", Log: telemetry.Discard(), WatchEvery: 20 * time.Millisecond,
			Listening: func(a net.Addr) { addr <- a }, Ready: func() { readied.Add(1) },
		})
	}()
	listen := (<-addr).String()
	conn, err := grpcserver.Dial(listen)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	becomes := func(want healthv1.HealthCheckResponse_ServingStatus) {
		t.Helper()
		require.Eventually(t, func() bool { return status(t, conn) == want }, 20*time.Second, 20*time.Millisecond)
	}
	becomes(healthv1.HealthCheckResponse_SERVING)
	require.NoError(t, daemon.Health(t.Context(), listen, "", false))

	d.away.Store(true)
	becomes(healthv1.HealthCheckResponse_NOT_SERVING)
	require.ErrorContains(t, daemon.Health(t.Context(), listen, "", false), "not ready: NOT_SERVING")

	d.away.Store(false)
	becomes(healthv1.HealthCheckResponse_SERVING)
	require.EqualValues(t, 1, readied.Load(), "it is told once")
}

func TestAdviceOnASchemaNamesWhatIsRun(t *testing.T) {
	t.Parallel()
	require.Equal(t, "start `sfctl dev` with --data-schema mart", daemon.Deps{Host: "sfctl dev"}.OpenSchema("mart"))
	require.Equal(t, "run `ingestd migrate --data-schema mart` and `snapshotd migrate --data-schema mart`", daemon.Deps{}.OpenSchema("mart"))
}
