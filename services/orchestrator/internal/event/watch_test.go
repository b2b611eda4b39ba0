package event_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// table stands for the table of events; away fails as many looks.
type table struct {
	mu     sync.Mutex
	events []run.Event
	ended  bool
	away   int
	err    error
	looks  int
}

func (t *table) add(n int, ended bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range n {
		t.events = append(t.events, run.Event{Number: int64(len(t.events) + 1)})
	}
	t.ended = ended
}

func (t *table) Events(_ context.Context, _ string, from int64, limit int) (store.Page, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks++
	if t.looks <= t.away {
		return store.Page{}, t.err
	}
	first := min(int(from)-1, len(t.events))
	found := t.events[first:min(first+limit, len(t.events))]
	return store.Page{Events: append([]run.Event{}, found...), Last: t.ended && len(found) < limit}, nil
}

func TestWatchSendsEachEventOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 499, 500, 501, 1000, 1001} {
		source := &table{}
		source.add(n, true)
		var got []int64

		err := event.Watch(t.Context(), source, event.NewHub(nil, telemetry.Discard()), "run_1", 0, func(e run.Event) error {
			got = append(got, e.Number)
			return nil
		})

		require.NoError(t, err)
		require.Len(t, got, n)
		for i, number := range got {
			require.Equal(t, int64(i+1), number)
		}
	}
}

func TestWatchWakesAndOtherwiseLooksByTheClock(t *testing.T) {
	t.Parallel()
	source, hub := &table{}, event.NewHub(nil, telemetry.Discard())
	got := make(chan int64, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- event.Watch(t.Context(), source, hub, "run_1", 1, func(e run.Event) error { got <- e.Number; return nil })
	}()

	source.add(1, false)
	hub.Wake(store.ChannelEvent, "run_1")
	require.Equal(t, int64(1), <-got)
	source.add(1, true) // nobody wakes the watcher
	require.Equal(t, int64(2), <-got)

	require.NoError(t, <-ended)
}

func TestWatchBearsWithAnOutage(t *testing.T) {
	t.Parallel()
	for _, away := range []error{io.ErrUnexpectedEOF, context.DeadlineExceeded} {
		source := &table{away: 2, err: away}
		source.add(1, true)
		sent := 0

		err := event.Watch(t.Context(), source, event.NewHub(nil, telemetry.Discard()), "run_1", 0, func(run.Event) error { sent++; return nil })

		require.NoError(t, err)
		require.Equal(t, 1, sent)
	}
}

func TestWatchEndsOnErrors(t *testing.T) {
	t.Parallel()
	defect, full := errors.New("a defect"), errors.New("the caller is gone")
	source := &table{}
	source.add(1, false)
	hub := event.NewHub(nil, telemetry.Discard())
	ignore := func(run.Event) error { return nil }
	ended, cancel := context.WithCancel(t.Context())
	cancel()

	require.ErrorIs(t, event.Watch(t.Context(), &table{away: 1, err: defect}, hub, "run_1", 0, ignore), defect)
	require.ErrorIs(t, event.Watch(t.Context(), source, hub, "run_1", 0, func(run.Event) error { return full }), full)
	require.ErrorIs(t, event.Watch(ended, source, hub, "run_1", 0, ignore), context.Canceled)
}

func TestWatchEndsWithTheHub(t *testing.T) {
	t.Parallel()
	hub := event.NewHub(nil, telemetry.Discard())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	hub.Run(ended)

	err := event.Watch(t.Context(), &table{}, hub, "run_1", 7, func(run.Event) error { return nil })

	require.True(t, problem.Is(err, problem.ServiceUnavailable))
	require.ErrorContains(t, err, "from event 7")
}
