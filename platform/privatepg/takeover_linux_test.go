package privatepg

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheServerEndsWithAKilledProgram(t *testing.T) {
	t.Parallel()
	cmd, postmaster, _ := program(t, cluster(t))

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()

	require.True(t, until(30*time.Second, func() bool { return !alive(postmaster) }))
}

func TestWhatProcTells(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})

	checkpointer := ask[int](t, s, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")

	require.Contains(t, children(s.Pid()), checkpointer)
	require.True(t, alive(checkpointer))
	require.True(t, serves(checkpointer, s.layout.pgdata()))
	require.True(t, serves(s.Pid(), s.layout.pgdata()))
	require.False(t, serves(s.Pid(), "/elsewhere"))
	require.False(t, serves(1, s.layout.pgdata()))
	require.False(t, held(s.Pid()))
	require.False(t, alive(4194000))
}

// TestAServerThatRecoversIsNotWaitedFor takes over a PostgreSQL whose program was killed
// while it recovered: it was told to end in order, and would do so only when it is done.
func TestAServerThatRecoversIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "create table kept as select n from generate_series(1, 300000) n")
	require.NoError(t, s.Kill())
	orphan := s.account.command(s.layout.dir, filepath.Join(s.Bin(), "postgres"), "-D", s.layout.pgdata(),
		"-c", "config_file="+s.layout.config(), "-c", "port="+strconv.Itoa(s.Port()), "-c", "unix_socket_directories=")
	require.NoError(t, orphan.Start())
	t.Cleanup(func() { _ = orphan.Process.Kill(); _ = orphan.Wait() })
	startup := startupOf(t, orphan.Process.Pid)
	require.NoError(t, syscall.Kill(startup, syscall.SIGSTOP), "so that recovery takes as long as one of much")
	require.NoError(t, orphan.Process.Signal(syscall.SIGINT), "what the system tells it when its program is killed")
	began := time.Now()

	next := start(t, Options{Dir: s.layout.dir})

	require.Less(t, time.Since(began), 40*time.Second, "it was not waited for")
	require.False(t, alive(startup))
	require.Equal(t, 300000, ask[int](t, next, "select count(*)::int from kept"))
}

// startupOf waits for the process that recovers.
func startupOf(t *testing.T, postmaster int) int {
	t.Helper()
	var found int
	require.True(t, until(30*time.Second, func() bool {
		for _, child := range children(postmaster) {
			title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
			if err == nil && isStartup(string(title)) {
				found = child
			}
		}
		return found != 0
	}))
	return found
}
