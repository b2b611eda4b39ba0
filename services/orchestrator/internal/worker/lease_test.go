package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLeaseMaths(t *testing.T) {
	t.Parallel()
	const length, heartbeat = 10 * time.Second, 2 * time.Second
	begun := time.Unix(1000, 0)
	l := lease{length: length, renewed: begun}
	for _, tc := range []struct {
		passed, left, pause, limit time.Duration
	}{
		{0, 10 * time.Second, 2 * time.Second, length / 3},
		{5 * time.Second, 5 * time.Second, 2 * time.Second, length / 3},
		{8 * time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second},
		{9 * time.Second, time.Second, time.Second, time.Second},
		{10 * time.Second, 0, 0, 0},
		{11 * time.Second, -time.Second, 0, -time.Second},
	} {
		now := begun.Add(tc.passed)
		require.Equal(t, tc.left, l.left(now), "after %s", tc.passed)
		require.Equal(t, tc.pause, l.pauseBefore(now, heartbeat), "after %s", tc.passed)
		require.Equal(t, tc.limit, l.limit(now, heartbeat), "after %s", tc.passed)
	}
}

// Whatever the time that each heartbeat takes, the worker stops before the
// database's own count of the lease is over.
func TestAWorkerStopsBeforeItsLeaseIsOver(t *testing.T) {
	t.Parallel()
	const length, heartbeat = 1500 * time.Millisecond, 200 * time.Millisecond
	for delay := time.Duration(0); delay < length; delay += 10 * time.Millisecond {
		sent := time.Unix(1000, 0)
		l := lease{length: length, renewed: sent}
		databaseUntil := sent.Add(delay).Add(length) // it counts from when the renewal arrived
		now := sent.Add(delay)
		for l.left(now) > 0 { // no further heartbeat is answered
			now = now.Add(l.pauseBefore(now, heartbeat))
			if limit := l.limit(now, heartbeat); limit > 0 {
				now = now.Add(limit)
			}
		}
		require.False(t, now.After(databaseUntil), "delay %s", delay)
	}
}
