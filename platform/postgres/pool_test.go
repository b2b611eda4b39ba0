package postgres_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
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
