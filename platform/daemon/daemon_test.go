package daemon_test

import (
	"bytes"
	"context"
	"embed"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

//go:embed testdata/migrations/*.sql
var files embed.FS

// worker is a service that notes what the daemon does with it.
type worker struct {
	qualityv1.UnimplementedQualityServiceServer
	ran, closed atomic.Bool
}

func (w *worker) Register(r grpc.ServiceRegistrar) { qualityv1.RegisterQualityServiceServer(r, w) }

func (*worker) ListValidations(context.Context, *qualityv1.ListValidationsRequest) (*qualityv1.ListValidationsResponse, error) {
	return &qualityv1.ListValidationsResponse{}, nil
}

func (w *worker) Run(ctx context.Context) error {
	w.ran.Store(true)
	<-ctx.Done()
	return ctx.Err()
}

func (w *worker) Close() { w.closed.Store(true) }

func spec(w *worker) daemon.Spec {
	return daemon.Spec{
		Name: "quality", Listen: "127.0.0.1:0",
		Migrations: postgres.Embedded("sf_quality", "sf_quality", files, "testdata/migrations"),
		Settings:   func(s *config.Set) { v := ""; s.String(&v, "own", "SF_OWN", "a setting of its own") },
		New:        func(daemon.Deps) (daemon.Service, error) { return w, nil },
	}
}

func TestRunWaitsForMigrationsThenServesThenStops(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	w := &worker{}
	addr, ready, ended := make(chan net.Addr, 1), make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		ended <- daemon.Run(ctx, spec(w), daemon.Config{
			Listen: "127.0.0.1:0", DatabaseURL: db.URL("sf_quality"), Log: telemetry.Discard(),
			Listening: func(a net.Addr) { addr <- a }, Ready: func() { close(ready) },
		})
	}()
	conn, err := grpcserver.Dial((<-addr).String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	health := healthv1.NewHealthClient(conn)

	r, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.WaitForReady(true))
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, r.GetStatus(), "no migrations yet: up, and not ready")
	require.False(t, w.ran.Load())
	list := func() error {
		_, err := qualityv1.NewQualityServiceClient(conn).ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "shop"})
		return err
	}
	err = list()
	require.True(t, problem.Transient(err), "a caller waits: %v", err)
	require.ErrorContains(t, err, "the quality service is not ready")

	require.NoError(t, daemon.Migrate(t.Context(), spec(w), daemon.MigrateConfig{
		OwnerURL: db.OwnerURL(), DatabaseURL: db.URL("sf_quality"), SharedRoles: true,
	}))
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		t.Fatal("not ready after the migrations ran")
	}
	require.Eventually(t, w.ran.Load, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, daemon.Health(t.Context(), conn.Target(), "", false))
	require.NoError(t, list())
	stop()
	require.NoError(t, <-ended)
	require.True(t, w.closed.Load())
}

func TestAServiceWithoutADatabaseHoldsNoCall(t *testing.T) {
	t.Parallel()
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	without := spec(&worker{})
	without.Migrations = nil
	go func() {
		ended <- daemon.Run(ctx, without, daemon.Config{
			Listen: "127.0.0.1:0", Log: telemetry.Discard(), Listening: func(a net.Addr) { addr <- a },
		})
	}()
	conn, err := grpcserver.Dial((<-addr).String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()

	_, err = qualityv1.NewQualityServiceClient(conn).ListValidations(t.Context(),
		&qualityv1.ListValidationsRequest{Dataset: "shop"}, grpc.WaitForReady(true))

	require.NoError(t, err)
	stop()
	require.NoError(t, <-ended)
}

func TestRunWaitsForADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	w := &worker{}

	err := daemon.Run(ctx, spec(w), daemon.Config{
		Listen: "127.0.0.1:0", DatabaseURL: "postgres://sf_quality:x@127.0.0.1:1/x", Log: telemetry.Discard(),
	})

	require.NoError(t, err, "it waits until it is stopped, and does not exit")
	require.False(t, w.ran.Load())
}

func TestMigrateRefusesAnotherRole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	err := daemon.Migrate(t.Context(), spec(&worker{}), daemon.MigrateConfig{OwnerURL: db.OwnerURL(), DatabaseURL: db.URL("sf_ingest")})
	require.ErrorContains(t, err, `logs in as "sf_ingest", want the service's own role "sf_quality"`)
	require.ErrorContains(t, daemon.Migrate(t.Context(), spec(&worker{}), daemon.MigrateConfig{}), "SF_OWNER_DATABASE_URL")
}

func TestCommand(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	env := map[string]string{
		"SF_OWNER_DATABASE_URL": db.OwnerURL(), "SF_DATABASE_URL": db.URL("sf_quality"), "SF_SHARED_ROLES": "true",
	}
	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"help":           {[]string{"-h"}, 0, "SF_LISTEN"},
		"own setting":    {[]string{"serve", "-h"}, 0, "SF_OWN"},
		"migrate's help": {[]string{"migrate", "-h"}, 0, "SF_DATA_SCHEMAS"},
		"unknown verb":   {[]string{"fly"}, 2, `unknown command "fly": want serve, migrate, roles, health, version`},
		"unknown flag":   {[]string{"--fly"}, 2, "fly"},
		"argument":       {[]string{"serve", "now"}, 2, `unexpected argument "now"`},
		"bad level":      {[]string{"--log-level", "loud"}, 2, "loud"},
		"migrate":        {[]string{"migrate"}, 0, `"schema":"sf_quality"`},
		"version":        {[]string{"version"}, 0, "qualityd "},
		"its verbs":      {[]string{"-h"}, 0, "Usage: qualityd [serve|migrate|roles|health|version] [settings]"},
		"roles":          {[]string{"roles"}, 0, `"msg":"roles are there"`},
		"roles' help":    {[]string{"roles", "-h"}, 0, "SF_OWNER_DATABASE_URL"},
		"not there":      {[]string{"health", "--listen", "127.0.0.1:1"}, 1, "not ready"},
		"fails":          {[]string{"--listen", "999.0.0.1:1"}, 1, "listen on 999.0.0.1:1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			code := daemon.Command(t.Context(), spec(&worker{}), tt.args,
				func(k string) (string, bool) { v, ok := env[k]; return v, ok }, &out)
			require.Equal(t, tt.code, code, out.String())
			require.Contains(t, out.String(), tt.says)
		})
	}
}
