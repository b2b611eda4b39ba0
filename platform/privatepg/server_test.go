package privatepg

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestStartMakesAWorkingServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)

	s := start(t, Options{Dir: dir, Settings: map[string]string{"work_mem": "7MB", "application_name": `it's a \ name`}})

	settings := map[string]string{
		"work_mem": "7MB", "application_name": `it's a \ name`,
		"fsync": "off", "max_connections": "200", "TimeZone": "UTC", "server_encoding": "UTF8",
		"jit": "off", "password_encryption": "scram-sha-256",
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "shared_buffers": "128MB",
	}
	for name, want := range settings {
		require.Equal(t, want, ask[string](t, s, "SELECT current_setting('"+name+"')"), name)
	}
	require.Equal(t, "C", ask[string](t, s, "SELECT datcollate::text FROM pg_database WHERE datname = current_database()"))
	require.Equal(t, s.Major(), ask[int](t, s, "SELECT current_setting('server_version_num')::int / 10000"))
	require.Contains(t, ask[string](t, s, "SELECT version()"), "PostgreSQL "+s.Version())
	require.Equal(t, "postgres", ask[string](t, s, "SELECT current_user::text"))
	require.FileExists(t, filepath.Join(s.Bin(), "postgres"))
	group, err := syscall.Getpgid(s.Pid())
	require.NoError(t, err)
	require.Equal(t, s.Pid(), group, "in another's group, a terminal's Ctrl-C would reach it")
}

func TestServerWantsItsPassword(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	cfg, err := pgx.ParseConfig(s.URL("postgres"))
	require.NoError(t, err)
	cfg.Password = "guessed"

	_, err = pgx.ConnectConfig(t.Context(), cfg)

	require.ErrorContains(t, err, "password authentication failed")
	info, err := os.Stat(filepath.Join(s.layout.dir, "password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestSecondStartGoesOnWithTheData(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	first := start(t, Options{Dir: dir})
	do(t, first, "CREATE TABLE kept AS SELECT 42 AS answer")
	require.NoError(t, first.Stop(t.Context()))
	require.False(t, alive(first.Pid()))

	second := start(t, Options{Dir: dir})

	require.Equal(t, 42, ask[int](t, second, "SELECT answer FROM kept"))
	require.Equal(t, first.Port(), second.Port())
	require.Equal(t, first.URL(""), second.URL(""))
}

func TestKillIsACrashAndRestartRecovers(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "CREATE TABLE kept AS SELECT 1 AS n")
	do(t, s, "CREATE UNLOGGED TABLE staging AS SELECT 1 AS n")
	idle, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)
	backend := int(idle.PgConn().PID())
	pid, url := s.Pid(), s.URL("")

	require.NoError(t, s.Kill())

	require.False(t, alive(pid))
	require.False(t, alive(backend))
	require.Error(t, idle.Ping(t.Context()))
	require.NoError(t, s.Restart(t.Context()))
	require.Equal(t, url, s.URL(""))
	require.NotEqual(t, pid, s.Pid())
	require.Equal(t, 1, ask[int](t, s, "SELECT count(*)::int FROM kept"))
	require.Equal(t, 0, ask[int](t, s, "SELECT count(*)::int FROM staging"), "a crash empties unlogged tables")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "CREATE TABLE kept AS SELECT 1 AS n")

	for name, before := range map[string]func() error{
		"after Stop":         func() error { return s.Stop(t.Context()) },
		"of a running one":   func() error { return nil },
		"after a lone crash": func() error { return syscall.Kill(s.Pid(), syscall.SIGKILL) },
	} {
		pid := s.Pid()
		require.NoError(t, before(), name)
		require.NoError(t, s.Restart(t.Context()), name)
		require.NotEqual(t, pid, s.Pid(), name)
		require.Equal(t, 1, ask[int](t, s, "SELECT count(*)::int FROM kept"), name)
	}
}

func TestStopCutsSessionsOff(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)
	began := time.Now()

	require.NoError(t, s.Stop(t.Context()))

	require.Less(t, time.Since(began), 10*time.Second)
	require.Error(t, conn.Ping(t.Context()))
	require.NoError(t, s.Stop(t.Context()), "a second Stop changes nothing")
	require.NoError(t, s.Kill(), "and there is nothing to kill")
}

func TestACrashLosesNothingThatWasCommitted(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "CREATE TABLE entry (n int)")
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)

	for round := range 3 {
		for n := range 20 {
			_, err := conn.Exec(t.Context(), "INSERT INTO entry VALUES ($1)", n)
			require.NoError(t, err)
		}
		require.NoError(t, s.Kill())
		require.NoError(t, s.Restart(t.Context()))
		require.Equal(t, 20*(round+1), ask[int](t, s, "SELECT count(*)::int FROM entry"))
		conn, err = pgx.Connect(t.Context(), s.URL(""))
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close(t.Context()))
}

func TestKillEndsABusyServerWithAllItsProcesses(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), "SELECT sum(n) FROM generate_series(1, 1e12) n")
		failed <- err
	}()
	busy := "SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE 'SELECT sum%' AND state = 'active'"
	require.Eventually(t, func() bool { return ask[int](t, s, busy) == 1 }, 10*time.Second, 20*time.Millisecond)
	family := children(s.Pid())
	require.Contains(t, family, int(conn.PgConn().PID()))

	require.NoError(t, s.Kill())

	require.Error(t, <-failed)
	for _, pid := range family {
		require.False(t, alive(pid))
	}
}

func TestAServerThatIsDownLeavesItsFolderToOthers(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Server) error{
		"stopped": func(s *Server) error { return s.Stop(context.Background()) },
		"killed":  func(s *Server) error { return s.Kill() },
	} {
		s := start(t, Options{Dir: cluster(t)})
		require.NoError(t, end(s), name)

		other := start(t, Options{Dir: s.layout.dir})

		require.ErrorContains(t, s.Restart(t.Context()), "in use by the running process", name)
		require.Equal(t, 1, ask[int](t, other, "SELECT 1"), name)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	s := &Server{password: "secret", port: 20001}

	require.Equal(t, "postgres://postgres:secret@127.0.0.1:20001/postgres?sslmode=disable", s.URL(""))
	cfg, err := pgx.ParseConfig(s.URL("a b/ü?"))
	require.NoError(t, err)
	require.Equal(t, "a b/ü?", cfg.Database)
	require.Equal(t, "secret", cfg.Password)
	require.EqualValues(t, 20001, cfg.Port)
}
