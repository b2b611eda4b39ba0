package privatepg

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestAKilledProgramLosesNothing(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	cmd, postmaster, url := program(t, dir)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS answer")
	require.NoError(t, err)

	_, err = Start(t.Context(), Options{Dir: dir, Fast: true})
	require.ErrorContains(t, err, "in use by the running process "+strconv.Itoa(cmd.Process.Pid))
	require.NoError(t, conn.Ping(t.Context()), "a refused start leaves the server alone")

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	s := start(t, Options{Dir: dir})

	require.Equal(t, 42, ask[int](t, s, "SELECT answer FROM kept"))
	require.False(t, alive(postmaster))
}

func TestTheSameProcessIsRefusedToo(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})

	_, err := Start(t.Context(), Options{Dir: s.layout.dir, Fast: true})

	require.ErrorContains(t, err, s.layout.dir+" is in use by the running process "+strconv.Itoa(os.Getpid()))
	require.Equal(t, 1, ask[int](t, s, "SELECT 1"))
}

func TestStartTakesOverAServerThatOutlivedItsProgram(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "CREATE TABLE kept AS SELECT 42 AS answer")
	require.NoError(t, s.Stop(t.Context()))
	orphan := s.account.command(s.layout.dir, filepath.Join(s.Bin(), "postgres"), "-D", s.layout.pgdata(),
		"-c", "config_file="+s.layout.config(), "-c", "port="+strconv.Itoa(s.Port()), "-c", "unix_socket_directories=")
	require.NoError(t, orphan.Start())
	t.Cleanup(func() { _ = orphan.Process.Kill(); _ = orphan.Wait() })
	require.True(t, until(30*time.Second, func() bool {
		f, err := readPidFile(s.layout.pgdata())
		return err == nil && f.pid == orphan.Process.Pid && f.ready
	}))

	next := start(t, Options{Dir: s.layout.dir})

	require.False(t, alive(orphan.Process.Pid))
	require.NotEqual(t, orphan.Process.Pid, next.Pid())
	require.Equal(t, 42, ask[int](t, next, "SELECT answer FROM kept"))
}

func TestStalePidFiles(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	whole, err := os.ReadFile(pidPath(s.layout.pgdata()))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(whole), "\n")
	stranger := s.account.command("/", "sleep", "600")
	require.NoError(t, stranger.Start())
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	unburied := s.account.command("/", "true")
	require.NoError(t, unburied.Start())
	t.Cleanup(func() { _ = unburied.Wait() })
	require.True(t, until(10*time.Second, func() bool { return !alive(unburied.Process.Pid) }))

	for name, content := range map[string]string{
		"of a process that is gone":         "4194000\n" + rest,
		"of another program by now":         strconv.Itoa(stranger.Process.Pid) + "\n" + rest,
		"of one that nobody has waited for": strconv.Itoa(unburied.Process.Pid) + "\n" + rest,
		"that a power failure left empty":   "",
		"that a power failure left broken":  "\x00\x00\x00",
	} {
		require.NoError(t, s.Kill(), name)
		require.NoError(t, writeFile(pidPath(s.layout.pgdata()), content, 0o600, s.account), name)
		require.NoError(t, s.Restart(t.Context()), name)
		require.Equal(t, 1, ask[int](t, s, "SELECT 1"), name)
	}
	require.True(t, alive(stranger.Process.Pid), "a stranger is left alone")
}

func TestIsStartup(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]bool{
		"postgres: streamflow: startup recovering 000000010000000000000001": true,
		"postgres: streamflow: startup\x00\x00\x00":                         true,
		"postgres: startup ":                              true,
		"postgres: streamflow: checkpointer \x00":         false,
		"postgres: streamflow: sf db 127.0.0.1 startup":   false,
		"/usr/lib/postgresql/15/bin/postgres\x00-D\x00/x": false,
		"startup": false,
		"":        false,
	} {
		require.Equal(t, want, isStartup(title), title)
	}
}

func TestTheServerOutlivesTheThreadThatStartedIt(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	started := make(chan *Server)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		s, err := Start(t.Context(), Options{Dir: dir, Fast: true})
		if err != nil {
			t.Error(err)
		}
		started <- s
	}()
	s := <-started
	require.NotNil(t, s)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })

	ended := until(500*time.Millisecond, s.proc.ended)

	require.False(t, ended)
	require.Equal(t, 1, ask[int](t, s, "SELECT 1"))
}
