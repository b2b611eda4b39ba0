package worker

import (
	"context"
	"sync"
	"time"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// progressEvery is how often the progress of a step is recorded, one event per table
// that got further, all in one write. A step that is done before leaves none.
const progressEvery = 500 * time.Millisecond

// recorder keeps the newest progress of each table until it is recorded.
type recorder struct {
	mu     sync.Mutex
	newest map[string]*stepv1.Progress
	order  []string
}

// hear is called for every progress that a service sends.
func (r *recorder) hear(p *stepv1.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newest[p.GetTable()] == nil {
		r.order = append(r.order, p.GetTable())
	}
	r.newest[p.GetTable()] = p
}

// take returns what was heard since the last time.
func (r *recorder) take() []*stepv1.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*stepv1.Progress
	for _, table := range r.order {
		all = append(all, r.newest[table])
	}
	r.newest, r.order = map[string]*stepv1.Progress{}, nil
	return all
}

// record records the progress of a step until the returned function is called.
// Progress that cannot be written is dropped: the next one says more.
func (x *execution) record(ctx context.Context, k run.Kind) (*recorder, func()) {
	rec := &recorder{newest: map[string]*stepv1.Progress{}}
	claim, done := *x.claim, make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var events []run.Event
			for _, p := range rec.take() {
				events = append(events, x.run.Progressed(k, p))
			}
			if len(events) == 0 {
				continue
			}
			if err := x.store.Progress(ctx, claim, events); err != nil {
				x.log.DebugContext(ctx, "progress not recorded", "error", err)
			}
		}
	})
	return rec, func() { close(done); wait.Wait() }
}
