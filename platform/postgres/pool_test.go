package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
)

// A server that went and came back leaves a pool full of connections that are none.
// What is asked for next must not meet one of them.
func TestAPoolOutlivesItsConnections(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_ingest")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, err := pool.Exec(t.Context(), "select pg_sleep(0.2)")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, int32(4), pool.Stat().IdleConns())

	const sessions = "from pg_stat_activity where datname = current_database() and usename = 'sf_ingest'"
	db.Exec(t, "select pg_terminate_backend(pid) "+sessions)
	require.Eventually(t, func() bool { return len(db.Rows(t, "select pid "+sessions)) == 0 }, 15*time.Second, 20*time.Millisecond)
	for range 4 {
		_, err := pool.Exec(t.Context(), "select 1")
		require.NoError(t, err)
	}
}

func TestHowManyConnectionsAPoolOpens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url  string
		max  int32
		want int32
	}{
		{"postgres://h/d", 0, 16}, {"postgres://h/d", 4, 4}, {"postgres://h/d?pool_max_conns=3", 0, 3},
		{"postgres://h/d?sslmode=disable&pool_max_conns=3", 4, 3}, {"host=h dbname=d pool_max_conns=2", 0, 2},
	} {
		pool, err := postgres.Open(postgres.PoolConfig{URL: tt.url, MaxConns: tt.max})
		require.NoError(t, err, tt.url)
		require.Equal(t, tt.want, pool.Stat().MaxConns(), tt.url)
		pool.Close()
	}
	for _, url := range []string{"postgres://h/d?pool_max_conns=0", "postgres://h/d?pool_max_conns=many", "postgres://h:p/d", "nothing=1 x"} {
		_, err := postgres.Open(postgres.PoolConfig{URL: url})
		require.ErrorContains(t, err, "database URL", url)
	}
}

// Where the server grants a role one connection, its statements take turns on it.
func TestStatementsTakeTurnsOnTheConnectionsThatTheServerGrants(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create role sf_limited login password 'test' connection limit 1")
	t.Cleanup(func() { db.Exec(t, "drop role sf_limited") })
	pool := db.Pool(t, "sf_limited")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := pool.Exec(t.Context(), "select pg_sleep(0.05)")
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, int32(1), pool.Stat().TotalConns())

	other := db.Pool(t, "sf_limited")
	_, err := other.Exec(t.Context(), "select 1")
	require.True(t, postgres.Transient(err), "who has none of them is told: %v", err)
	held, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = pool.Exec(ctx, "select 1")
	require.Error(t, err, "a wait ends with its context")
	held.Release()
}

// A migration takes what the URLs of pools may say.
func TestMigrateTakesAURLForPools(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	url := db.OwnerURL() + "&pool_max_conns=1&pool_max_conn_idle_time=1s"
	require.Contains(t, db.OwnerURL(), "?")
	require.NoError(t, postgres.Migrate(t.Context(), postgres.MigrateConfig{OwnerURL: url, Sets: []*postgres.Migrations{postgres.Foundation()}, SharedRoles: true}))
}
