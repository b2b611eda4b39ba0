package privatepg

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// kept keeps a server until the test ends and returns what Keep came to.
func kept(t *testing.T, s *Server) <-chan error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	result, ended := make(chan error, 1), make(chan struct{})
	go func() {
		result <- s.Keep(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return result
}

// crash kills the postmaster alone, as a system without memory does, and waits until
// another accepts connections or Keep has ended.
func crash(t *testing.T, s *Server, result <-chan error) (ended bool, err error) {
	t.Helper()
	pid := s.Pid()
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	for deadline := time.Now().Add(time.Minute); s.Pid() == pid; {
		select {
		case err := <-result:
			return true, err
		case <-time.After(10 * time.Millisecond):
			require.True(t, time.Now().Before(deadline), "nobody started it again")
		}
	}
	return false, nil
}

func TestKeepStartsAgainWhatDiesByItself(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	do(t, s, "CREATE TABLE entry AS SELECT 1 AS n")
	result := kept(t, s)
	url := s.URL("")

	for range keepTries {
		ended, _ := crash(t, s, result)
		require.False(t, ended)
		require.Equal(t, url, s.URL(""))
		require.Equal(t, 1, ask[int](t, s, "SELECT count(*)::int FROM entry"))
	}
	ended, err := crash(t, s, result)

	require.True(t, ended, "a server that dies again and again is not started for ever")
	require.True(t, problem.Is(err, problem.PostgresNotStarted), "%v", err)
	require.ErrorContains(t, err, "ended 6 times")
	require.ErrorContains(t, err, "signal: killed")
	require.ErrorContains(t, err, s.layout.log())
}

func TestKeepLeavesAloneWhatWasEndedOnPurpose(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Server) error{
		"stop": func(s *Server) error { return s.Stop(t.Context()) },
		"kill": (*Server).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, Options{Dir: cluster(t)})
			result := kept(t, s)
			pid := s.Pid()

			require.NoError(t, end(s))

			require.NoError(t, <-result)
			require.Equal(t, pid, s.Pid())
			require.False(t, alive(pid))
		})
	}
}

func TestKeepKeepsWhatWasRestarted(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	result := kept(t, s)

	require.NoError(t, s.Restart(t.Context()))
	ended, _ := crash(t, s, result)

	require.False(t, ended)
	require.Equal(t, 1, ask[int](t, s, "SELECT 1"))
}
