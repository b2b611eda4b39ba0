package privatepg

import (
	"context"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// endless is a statement that waits for nothing, and so never hears that the postmaster
// is gone.
const endless = "select count(*) from generate_series(1, 1000000000000) n"

// busy starts a session that computes until somebody ends it, and returns its process.
func busy(t *testing.T, s *Server) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	require.NoError(t, err)
	pid := int(conn.PgConn().PID())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = conn.Exec(t.Context(), endless)
		_ = conn.Close(context.WithoutCancel(t.Context()))
	}()
	t.Cleanup(func() { <-ended })
	require.True(t, until(30*time.Second, func() bool {
		return ask[int](t, s, "select count(*)::int from pg_stat_activity where state = 'active' and pid = "+strconv.Itoa(pid)) == 1
	}))
	return pid
}

func TestAKilledPostmasterComesBackThoughItsSessionsWorkOn(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	s.goodbye = goodbye{ask: 300 * time.Millisecond, force: 5 * time.Second, limit: time.Minute}
	do(t, s, "create table kept as select 1 as n")
	result := kept(t, s)

	for range 3 {
		sessions := []int{busy(t, s), busy(t, s)}

		ended, err := crash(t, s, result)

		require.False(t, ended, "%v", err)
		require.Equal(t, 1, ask[int](t, s, "select n from kept"))
		for _, pid := range sessions {
			require.False(t, alive(pid), "no session of the server before works beside the new one")
		}
	}
}

func TestASessionThatDoesNotHearIsEndedAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	s.goodbye = goodbye{ask: time.Hour, force: 300 * time.Millisecond, limit: time.Minute}
	session := busy(t, s)
	require.NoError(t, syscall.Kill(s.Pid(), syscall.SIGKILL))

	require.NoError(t, s.Restart(t.Context()))

	require.False(t, alive(session))
	require.Equal(t, 1, ask[int](t, s, "select 1"))
}

func TestSessionsThatDoNotEndAreNamed(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	s.goodbye = goodbye{ask: time.Hour, force: time.Hour, limit: 500 * time.Millisecond}
	session := busy(t, s)
	require.NoError(t, syscall.Kill(s.Pid(), syscall.SIGKILL))

	err := s.Restart(t.Context())

	require.True(t, problem.Is(err, problem.PostgresNotStarted), "%v", err)
	require.ErrorContains(t, err, "still work on "+s.layout.pgdata()+" after 500ms; end them (kill -9 "+strconv.Itoa(session)+")")
	require.Nil(t, s.lock, "the folder is given free")
	require.NoError(t, syscall.Kill(session, syscall.SIGKILL))
	require.NoError(t, s.Restart(t.Context()))
	require.Equal(t, 1, ask[int](t, s, "select 1"), "the advice helps")
}

func TestWaitingForSessionsEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: cluster(t)})
	session := busy(t, s)
	require.NoError(t, syscall.Kill(s.Pid(), syscall.SIGKILL))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()

	err := s.Restart(ctx)

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, syscall.Kill(session, syscall.SIGKILL))
	require.NoError(t, s.Restart(t.Context()))
}

func TestMemoryThatNobodyHoldsIsSaidToBe(t *testing.T) {
	t.Parallel()
	err := (&orphans{pgdata: "/data/pgdata", times: goodbye{limit: time.Minute}}).stuck(nil)
	require.ErrorContains(t, err, "left its memory in use on /data/pgdata for 1m0s, and no process of it is found")
}
