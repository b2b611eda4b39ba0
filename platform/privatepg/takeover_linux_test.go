package privatepg

import (
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
