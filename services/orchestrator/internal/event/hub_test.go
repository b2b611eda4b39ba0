package event_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func woken(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestWakeReachesWhoWaitsForIt(t *testing.T) {
	t.Parallel()
	hub := event.NewHub(nil, telemetry.Discard())
	one, leaveOne := hub.Subscribe(store.ChannelEvent, "run_1")
	two, leaveTwo := hub.Subscribe(store.ChannelEvent, "run_2")
	all, leaveAll := hub.Subscribe(store.ChannelEvent, event.Any)
	other, leaveOther := hub.Subscribe(store.ChannelCancel, "run_1")
	defer leaveOther()
	defer leaveAll()
	defer leaveTwo()

	hub.Wake(store.ChannelEvent, "run_1")
	hub.Wake(store.ChannelEvent, "run_1") // merged into one

	require.Equal(t, []bool{true, false, true, false}, []bool{woken(one), woken(two), woken(all), woken(other)})
	require.False(t, woken(one))
	hub.WakeAll()
	require.Equal(t, []bool{true, true, true, true}, []bool{woken(one), woken(two), woken(all), woken(other)})
	leaveOne()
	hub.WakeAll()
	require.False(t, woken(one))
}

func TestTheHubHearsOtherProcessesAndListensAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	hub := event.NewHub(db.Pool(t, "sf_orchestrator"), telemetry.Discard())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { hub.Run(ctx); close(ended) }()
	wake, leave := hub.Subscribe(store.ChannelQueue, "shop")
	defer leave()
	heard := func() {
		t.Helper()
		select {
		case <-wake:
		case <-time.After(20 * time.Second):
			require.Fail(t, "nothing was heard")
		}
	}

	heard() // it listens now, and wakes everybody once
	db.Exec(t, "select pg_notify('sf_run_queue', 'shop')")
	heard()
	db.Exec(t, `select pg_terminate_backend(pid) from pg_stat_activity
		where usename = 'sf_orchestrator' and datname = current_database() and query ilike 'listen%'`)
	heard() // after a connection was lost, too: something may have happened unheard
	db.Exec(t, "select pg_notify('sf_run_queue', 'shop')")
	heard()

	cancel()
	<-ended
	<-hub.Done()
}
