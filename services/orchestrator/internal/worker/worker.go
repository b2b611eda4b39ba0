// Package worker takes runs and carries them through their steps. A run is held by
// a lease, kept by a heartbeat; a worker that lost it stops, and whatever it still
// had under way is refused, because who took over has raised the dataset's fence.
// Everything a worker knows of a run stands in the database after every step, so a
// worker that is killed loses nothing but the step that it was at.
package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Config says how a worker works.
type Config struct {
	// Owner names the worker; no two are alike, a process that is started again included.
	Owner string
	// Runs is how many runs are under way at once.
	Runs int
	// Lease is how long a run is held after a heartbeat.
	Lease time.Duration
	// Heartbeat is the time between two; several fit into a lease.
	Heartbeat time.Duration
	// RetryFor is how long faults that may pass are waited out in one step.
	RetryFor time.Duration
	// FullWait replaces the minutes of fault.WaitFull, where it is not 0.
	FullWait time.Duration
}

// Worker takes runs one after another, several at once.
type Worker struct {
	store    *store.Store
	services *step.Services
	hub      *event.Hub
	log      *slog.Logger
	cfg      Config

	freed chan struct{}
	mu    sync.Mutex
	busy  map[string]bool
	away  bool // PostgreSQL did not answer the last claim
}

// New returns a worker.
func New(s *store.Store, services *step.Services, hub *event.Hub, log *slog.Logger, cfg Config) *Worker {
	return &Worker{
		store: s, services: services, hub: hub, log: log.With("worker", cfg.Owner), cfg: cfg,
		freed: make(chan struct{}, 1), busy: map[string]bool{},
	}
}

const (
	// pollEvery is how often a worker looks for runs without having been woken.
	pollEvery = 500 * time.Millisecond
	// claimLimit bounds the wait for a server that does not answer. A claim whose
	// answer was lost is found again, as a run that the worker is not at work on.
	claimLimit = 10 * time.Second
	// releaseLimit bounds the release of the runs when the worker stops.
	releaseLimit = 3 * time.Second
	// layAside is the wait before a run is taken up again after a defect.
	layAside = 5 * time.Second
)

// Run works until ctx ends; then it stops the steps under way, and lets another
// worker go on with the runs at once. While PostgreSQL is away it waits.
func (w *Worker) Run(ctx context.Context) {
	wake, leave := w.hub.Subscribe(store.ChannelQueue, event.Any)
	defer leave()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var under sync.WaitGroup
	defer func() {
		under.Wait()
		w.release(ctx)
	}()
	for {
		w.takeAll(ctx, &under)
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-w.freed:
		case <-tick.C:
		}
	}
}

// takeAll takes as many runs as there are, and as the worker may work on at once.
func (w *Worker) takeAll(ctx context.Context, under *sync.WaitGroup) {
	for w.takeOne(ctx, under) {
		continue
	}
}

// takeOne claims a run and begins to work on it; false where there is none to take.
func (w *Worker) takeOne(ctx context.Context, under *sync.WaitGroup) bool {
	busy := w.atWork()
	if len(busy) >= w.cfg.Runs || ctx.Err() != nil {
		return false
	}
	asked := time.Now()
	cctx, cancel := context.WithTimeout(ctx, claimLimit)
	defer cancel()
	c, err := w.store.Claim(cctx, store.Claimant{Owner: w.cfg.Owner, Lease: w.cfg.Lease, Busy: busy})
	w.answered(ctx, err)
	if err != nil || c == nil {
		return false
	}
	w.setBusy(c.Run.ID, true)
	under.Go(func() {
		w.execute(ctx, c, lease{length: w.cfg.Lease, renewed: asked})
		w.setBusy(c.Run.ID, false)
		select {
		case w.freed <- struct{}{}:
		default:
		}
	})
	return true
}

// answered logs that PostgreSQL went, or came back, once each.
func (w *Worker) answered(ctx context.Context, err error) {
	if ctx.Err() != nil || (err != nil) == w.away {
		return
	}
	w.away = err != nil
	if w.away {
		w.log.WarnContext(ctx, "cannot look for runs, waiting", "error", err)
	} else {
		w.log.InfoContext(ctx, "looking for runs again")
	}
}

func (w *Worker) atWork() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]string, 0, len(w.busy))
	for id := range w.busy {
		ids = append(ids, id)
	}
	return ids
}

func (w *Worker) setBusy(id string, busy bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if busy {
		w.busy[id] = true
	} else {
		delete(w.busy, id)
	}
}

func (w *Worker) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseLimit)
	defer cancel()
	if err := w.store.Release(ctx, w.cfg.Owner); err != nil {
		w.log.WarnContext(ctx, "runs are free only once their lease has run out", "error", err)
	}
}
