package fence_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// held are the texts that a transaction told.
type held struct {
	mu   sync.Mutex
	told []string
}

func (h *held) tell(s string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, s)
}

func (h *held) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.told...)
}

// holder holds a lock on public.written, as a person's psql does, and returns who it is.
func holder(t *testing.T, db *pgtest.Database) (who string, release func()) {
	t.Helper()
	cfg, err := pgx.ParseConfig(db.OwnerURL())
	require.NoError(t, err)
	cfg.RuntimeParams["application_name"] = "psql of alice"
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	_, err = conn.Exec(t.Context(), "begin; lock table public.written")
	require.NoError(t, err)
	who = fmt.Sprintf("session %d (user postgres, psql of alice, idle in transaction since ", conn.PgConn().PID())
	return who, func() { _, err := conn.Exec(context.Background(), "rollback"); require.NoError(t, err) }
}

// Whoever waits behind a lock says whose it is, while it waits and when it gives up.
func TestATransactionTellsWhomItWaitsFor(t *testing.T) {
	t.Parallel()
	db := setup(t)
	f, pool := db.Fence(t, "a"), db.Pool(t, "sf_ingest")
	who, release := holder(t, db)
	told := &held{}
	ended := make(chan error, 1)

	go func() { ended <- f.TxTelling(t.Context(), pool, told.tell, write(1)) }()
	require.Eventually(t, func() bool { return len(told.all()) > 0 }, 10*time.Second, 20*time.Millisecond)
	require.Contains(t, told.all()[0], who)
	time.Sleep(1200 * time.Millisecond)
	require.Len(t, told.all(), 1, "said once, until it is somebody else")
	release()
	require.NoError(t, <-ended)

	who, release = holder(t, db)
	defer release()
	err := f.Tx(t.Context(), pool, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "set local lock_timeout = '1500ms'"); err != nil {
			return err
		}
		return write(2)(ctx, conn)
	})
	require.True(t, problem.Is(err, problem.DatabaseUnavailable), "%v", err)
	require.True(t, postgres.IsLockTimeout(err))
	require.ErrorContains(t, err, "the lock is held by "+who)
}

// A pool of one connection has none to look with; the transaction is none the worse.
func TestAPoolOfOneTellsNothing(t *testing.T) {
	t.Parallel()
	db := setup(t)
	f := db.Fence(t, "a")
	pool, err := postgres.Open(postgres.PoolConfig{URL: db.URL("sf_ingest"), MaxConns: 1})
	require.NoError(t, err)
	defer pool.Close()
	_, release := holder(t, db)
	told := &held{}
	ended := make(chan error, 1)

	go func() { ended <- f.TxTelling(t.Context(), pool, told.tell, write(1)) }()
	time.Sleep(1500 * time.Millisecond)
	release()

	require.NoError(t, <-ended)
	require.Empty(t, told.all())
}

// A service sees who stands in its own way, and nothing of anybody else's.
func TestBlockersAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	db := setup(t)
	db.Exec(t, "grant insert on public.written to sf_quality")
	f, pool := db.Fence(t, "a"), db.Pool(t, "sf_ingest")
	_, release := holder(t, db)
	ended := make(chan error, 1)
	go func() { ended <- f.Tx(t.Context(), pool, write(1)) }()
	const waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
	require.Eventually(t, func() bool { return len(db.Rows(t, waiting)) == 1 }, 10*time.Second, 10*time.Millisecond)
	pid := db.Rows(t, waiting)[0]
	count := func(role string) (n int) {
		require.NoError(t, db.Pool(t, role).QueryRow(t.Context(), "select count(*) from sf_platform.blockers($1::text::integer)", pid).Scan(&n))
		return n
	}

	require.Equal(t, 1, count("sf_ingest"))
	require.Zero(t, count("sf_quality"))
	release()
	require.NoError(t, <-ended)
}
