package faults

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/privatepg"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// The primary is killed in the middle of a publish, and its standby promoted. Every service
// has both in its address: none says that it is ready while neither takes writes, and none is
// started again. The run ends as if nothing had been.
func TestAStandbyIsPromotedInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	want := undisturbed()(t)
	p := startPair(t)
	s := setupWith(t, func(cfg *cluster.Config) {
		cfg.OwnerURL = p.url(t, "failover")
		// The services go by their default, and the test's own sessions ask for it.
		cfg.Through = func(url string) string { return strings.Replace(url, writesOnly, "", 1) }
	})
	s.succeed(t, extract.January, "month_000")
	m := middles["publish"]
	g := shut(t, s.url, m.when, m.table, m.condition)
	run := s.start(t, extract.February, "month_001")
	g.reached(t)

	require.NoError(t, p.primary.Kill())
	s.allSay(t, healthv1.HealthCheckResponse_NOT_SERVING, http.StatusServiceUnavailable)
	exec1(t, p.standby.URL(""), "select pg_promote()")
	s.allSay(t, healthv1.HealthCheckResponse_SERVING, http.StatusOK)

	r := s.wait(t, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
	require.Equal(t, want, s.state(t), "the same as without the failover")
}

// allSay waits until every service with a database says so, and the gateway over HTTP.
func (s *suite) allSay(t *testing.T, status healthv1.HealthCheckResponse_ServingStatus, code int) {
	t.Helper()
	for _, service := range cluster.Services {
		require.Eventually(t, func() bool { return s.health(t, service) == status }, time.Minute, 20*time.Millisecond, "%s: %s\n%s", service, status, s.logs(t))
	}
	require.Eventually(t, func() bool {
		resp, err := http.Get("http://" + s.HTTP() + "/readyz")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode == code
	}, time.Minute, 20*time.Millisecond)
}

// pair is a primary, and a standby that has all that the primary ever said was committed.
type pair struct{ primary, standby *privatepg.Server }

// writesOnly is what the URLs of the test's own sessions have in addition.
const writesOnly = "&target_session_attrs=read-write"

func startPair(t *testing.T) pair {
	t.Helper()
	dir := folder(t)
	p := pair{primary: startServer(t, filepath.Join(dir, "primary"))}
	exec1(t, p.primary.URL(""), "create database failover")
	backUp(t, p.primary, filepath.Join(dir, "primary"), filepath.Join(dir, "standby"))
	p.standby = startServer(t, filepath.Join(dir, "standby"))
	exec1(t, p.primary.URL(""), "alter system set synchronous_standby_names = '*'")
	exec1(t, p.primary.URL(""), "select pg_reload_conf()")
	conn, err := pgx.Connect(t.Context(), p.primary.URL(""))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	require.Eventually(t, func() bool {
		var follows bool
		require.NoError(t, conn.QueryRow(t.Context(), "select exists (select from pg_stat_replication where sync_state = 'sync')").Scan(&follows))
		return follows
	}, time.Minute, 10*time.Millisecond, "the standby follows")
	return p
}

// url names both servers, the primary first.
func (p pair) url(t *testing.T, database string) string {
	t.Helper()
	host := fmt.Sprintf("127.0.0.1:%d", p.primary.Port())
	url := p.primary.URL(database)
	require.Equal(t, 1, strings.Count(url, host), url)
	require.Contains(t, url, "?")
	return strings.Replace(url, host, fmt.Sprintf("%s,127.0.0.1:%d", host, p.standby.Port()), 1) + writesOnly
}

func startServer(t *testing.T, dir string) *privatepg.Server {
	t.Helper()
	s, err := privatepg.Start(context.Background(), privatepg.Options{Dir: dir, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

// backUp makes of a primary's data a standby's, which belongs to the user that the primary runs as.
func backUp(t *testing.T, primary *privatepg.Server, from, to string) {
	t.Helper()
	program := filepath.Join(primary.Bin(), "pg_basebackup")
	if _, err := os.Stat(program); err != nil {
		t.Skip("the PostgreSQL here has no pg_basebackup:", err)
	}
	require.NoError(t, os.Mkdir(to, 0o755))
	out, err := exec.CommandContext(t.Context(), program, "--dbname="+primary.URL(""), "--pgdata="+filepath.Join(to, "pgdata"),
		"--write-recovery-conf", "--checkpoint=fast", "--no-sync").CombinedOutput()
	require.NoError(t, err, "%s", out)
	password, err := os.ReadFile(filepath.Join(from, "password"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(to, "password"), password, 0o600))
	info, err := os.Stat(filepath.Join(from, "pgdata"))
	require.NoError(t, err)
	owner, is := info.Sys().(*syscall.Stat_t)
	require.True(t, is)
	require.NoError(t, filepath.WalkDir(to, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(owner.Uid), int(owner.Gid))
	}))
}
