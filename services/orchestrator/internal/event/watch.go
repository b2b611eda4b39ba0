package event

import (
	"context"
	"errors"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

const (
	// lookEvery is how often a watcher looks by itself.
	lookEvery = time.Second
	// pageSize bounds what a watcher holds in memory, however slow its reader.
	pageSize = 500
	// lookLimit bounds the wait for a server that does not answer.
	lookLimit = 10 * time.Second
	// outage is how long a watcher waits for PostgreSQL to come back. Longer than a
	// restart takes; after that its caller is told, and may come again.
	outage = 30 * time.Second
)

// Source reads the events of a run.
type Source interface {
	Events(ctx context.Context, id string, from int64, limit int) (store.Page, error)
}

// Watch sends the events of a run from a number on, each once and in order, and new
// ones as they happen, until the run has ended or ctx ends. An error of send ends it.
func Watch(ctx context.Context, source Source, hub *Hub, id string, from int64, send func(run.Event) error) error {
	wake, leave := hub.Subscribe(store.ChannelEvent, id)
	defer leave()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	w := watcher{source: source, id: id, next: max(from, 1), send: send, answered: time.Now()}
	for {
		over, err := w.drain(ctx)
		if over || err != nil {
			return err
		}
		select {
		case <-wake:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-hub.Done():
			return problem.New(problem.ServiceUnavailable, "the orchestrator stops; watch again from event %d", w.next)
		}
	}
}

type watcher struct {
	source Source
	id     string
	next   int64
	send   func(run.Event) error
	// answered is when PostgreSQL last did.
	answered time.Time
}

// drain sends what there is, and says whether the run is over.
func (w *watcher) drain(ctx context.Context) (over bool, err error) {
	for {
		page, err := w.look(ctx)
		if mayPass(err) && ctx.Err() == nil && time.Since(w.answered) < outage {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		w.answered = time.Now()
		for _, e := range page.Events {
			if err := w.send(e); err != nil {
				return false, err
			}
			w.next = e.Number + 1
		}
		if page.Last || len(page.Events) < pageSize {
			return page.Last, nil
		}
	}
}

func (w *watcher) look(ctx context.Context) (store.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	return w.source.Events(ctx, w.id, w.next, pageSize)
}

// mayPass says whether it is worth looking again: PostgreSQL is away, or did not answer.
func mayPass(err error) bool {
	return postgres.Transient(err) || errors.Is(err, context.DeadlineExceeded)
}
