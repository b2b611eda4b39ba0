package event_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/pgtest/pooler"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
)

// said is a log that may be read while it is written.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// Behind a pooler a session that listens is anybody's: the hub does not, says so once,
// and leaves no session behind that hears what nobody reads.
func TestTheHubDoesNotListenThroughAPooler(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := pooler.Start(t, pgtest.Server().URL(""))
	pool, err := postgres.Open(postgres.PoolConfig{URL: p.URL(db.URL("sf_orchestrator"))})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	log := &said{}
	hub := event.NewHub(pool, slog.New(slog.NewTextHandler(log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	go hub.Run(ctx)

	const line = "behind a pooler nothing is heard: looking by the clock"
	require.Eventually(t, func() bool { return strings.Contains(log.String(), line) }, 10*time.Second, 10*time.Millisecond)
	time.Sleep(700 * time.Millisecond) // longer than it waits where a connection was lost
	require.Equal(t, 1, strings.Count(log.String(), "\n"), log)
	require.Empty(t, db.Rows(t, "select from pg_stat_activity where query ilike 'listen%' and datname = current_database()"))
	cancel()
	<-hub.Done()
}
