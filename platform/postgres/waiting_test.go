package postgres_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
)

// heard is what a watch says.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) say(holders string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, holders)
}

func (h *heard) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.all...)
}

// locking is a database with a table that somebody holds.
func locking(t *testing.T, conns string) (pool *postgres.Pool, conn *pgxpool.Conn, holder *pgx.Conn) {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, "create table public.users (id int); grant all on public.users to sf_ingest")
	pool, err := postgres.Open(postgres.PoolConfig{URL: db.URL("sf_ingest") + "&pool_max_conns=" + conns})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	conn, err = pool.Acquire(t.Context())
	require.NoError(t, err)
	t.Cleanup(conn.Release)
	cc, err := pgx.ParseConfig(db.OwnerURL())
	require.NoError(t, err)
	cc.RuntimeParams["application_name"] = "alice's notebook"
	holder, err = pgx.ConnectConfig(t.Context(), cc)
	require.NoError(t, err)
	t.Cleanup(func() { _ = holder.Close(context.WithoutCancel(t.Context())) })
	_, err = holder.Exec(t.Context(), "begin; lock table public.users")
	require.NoError(t, err)
	return pool, conn, holder
}

func TestAWatchSaysWhomATransactionWaitsFor(t *testing.T) {
	t.Parallel()
	pool, conn, holder := locking(t, "4")
	var h heard
	w, err := pool.WatchLocks(t.Context(), conn.Conn(), h.say)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := conn.Exec(t.Context(), "insert into public.users values (1)")
		done <- err
	}()

	require.Eventually(t, func() bool { return len(h.said()) > 0 }, 20*time.Second, 20*time.Millisecond)
	_, err = holder.Exec(t.Context(), "commit")
	require.NoError(t, err)
	require.NoError(t, <-done)
	last := w.Stop()

	session := "session " + strconv.Itoa(int(holder.PgConn().PID()))
	require.Regexp(t, "^"+session+` \(user postgres, alice's notebook, idle in transaction since \d\d:\d\d:\d\d UTC\)$`, last)
	require.Equal(t, []string{last}, h.said(), "it is said once")
}

func TestAWatchOfWhoDoesNotWaitSaysNothing(t *testing.T) {
	t.Parallel()
	pool, conn, _ := locking(t, "4")
	var h heard
	w, err := pool.WatchLocks(t.Context(), conn.Conn(), h.say)
	require.NoError(t, err)

	_, err = conn.Exec(t.Context(), "select pg_sleep(1.3)") // a look, and more
	require.NoError(t, err)

	require.Empty(t, w.Stop())
	require.Empty(t, h.said())
}

// TestAWatchTakesNobodysConnection leaves the look out where the pool has none to spare:
// the work would wait for it.
func TestAWatchTakesNobodysConnection(t *testing.T) {
	t.Parallel()
	pool, conn, holder := locking(t, "1")
	w, err := pool.WatchLocks(t.Context(), conn.Conn(), nil)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()

	_, err = conn.Exec(ctx, "insert into public.users values (1)")

	require.Error(t, err, "it waited until its time was over")
	require.Empty(t, w.Stop())
	require.EqualValues(t, 1, pool.Stat().NewConnsCount(), "no other was made for the look")
	require.NoError(t, holder.Close(t.Context()))
}

func TestAStoppedWatchLooksNoMore(t *testing.T) {
	t.Parallel()
	pool, conn, _ := locking(t, "2")
	ctx, cancel := context.WithCancel(t.Context())
	w, err := pool.WatchLocks(ctx, conn.Conn(), nil)
	require.NoError(t, err)
	cancel()

	ended := make(chan string, 1)
	go func() { ended <- w.Stop() }()

	select {
	case last := <-ended:
		require.Empty(t, last)
	case <-time.After(10 * time.Second):
		require.Fail(t, "a watch whose context ended does not stop")
	}
}
