package faults

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/grpcserver"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// A password is changed as docs/guides/rotate-passwords.md has it, while a run is under
// way: open connections go on, who comes with the old one waits, and the run with it,
// until the service is started with the new one.
func TestAPasswordIsChangedWhileARunIsUnderWay(t *testing.T) {
	want := undisturbed()(t)
	var cfg cluster.Config
	s := setupWith(t, func(c *cluster.Config) { cfg = *c })
	s.succeed(t, extract.January, "month_000")
	m := middles["publish"]
	g := shut(t, s.url, m.when, m.table, m.condition)
	run := s.start(t, extract.February, "month_001")
	g.reached(t)
	t.Cleanup(func() { s.migrate(t, cluster.Ingest, cfg.URL(cluster.Ingest)) }) // other tests' databases have the role, too

	u, err := url.Parse(cfg.URL(cluster.Ingest))
	require.NoError(t, err)
	u.User = url.UserPassword("sf_ingest", "another one")
	s.migrate(t, cluster.Ingest, u.String())
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, s.health(t, cluster.Ingest), "what is open goes on")

	require.NoError(t, s.Kill(t.Context(), cluster.Ingest))
	g.open(t)
	require.NoError(t, s.Restart(cluster.Ingest))
	s.logged(t, cluster.Ingest, "password authentication failed")
	time.Sleep(3 * time.Second)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, s.health(t, cluster.Ingest), "it has the old password still")
	require.Equal(t, 1, strings.Count(s.log(t, cluster.Ingest), "password authentication failed"), "said once: %s", s.log(t, cluster.Ingest))
	r, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: run})
	require.NoError(t, err)
	require.Nil(t, r.GetRun().GetEndedAt(), "the run waits")

	require.NoError(t, s.Kill(t.Context(), cluster.Ingest))
	cfg.Env[cluster.Ingest] = append(cfg.Env[cluster.Ingest], "SF_DATABASE_URL="+u.String())
	require.NoError(t, s.Restart(cluster.Ingest))

	got := s.wait(t, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, got.GetState(), "%s\n%s", got.GetMessage(), s.logs(t))
	require.Equal(t, want, s.state(t))
}

// migrate runs a service's migrations with the URL that it is to serve with.
func (s *suite) migrate(t *testing.T, service, databaseURL string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), filepath.Join(ground.Bin, service+"d"), "migrate")
	cmd.Env = append(os.Environ(), "SF_OWNER_DATABASE_URL="+s.url, "SF_DATABASE_URL="+databaseURL, "SF_SHARED_ROLES=true")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// health asks a service whether it is ready.
func (s *suite) health(t *testing.T, service string) healthv1.HealthCheckResponse_ServingStatus {
	t.Helper()
	conn, err := grpcserver.Dial(s.Address(service))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	r, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	return r.GetStatus()
}
