package worker_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/orchestrator"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
	"github.com/streamflow/streamflow/services/orchestrator/internal/worker"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, orchestrator.Migrations())) }

// bench is a database with the dataset shop, and a world that does what its runs ask.
type bench struct {
	*steptest.World
	*store.Store
	db *pgtest.Database
}

func setup(t *testing.T) *bench {
	t.Helper()
	db := pgtest.New(t)
	b := &bench{World: steptest.New(t), Store: store.New(db.Pool(t, "sf_orchestrator")), db: db}
	b.apply(t, "shop")
	return b
}

func (b *bench) apply(t *testing.T, name string) {
	t.Helper()
	_, _, err := b.Apply(t.Context(), store.Application{Content: steptest.Shop(name), Version: "v1", RequestedBy: "ann"})
	require.NoError(t, err)
}

// queue queues a run of a dataset's January.
func (b *bench) queue(t *testing.T, dataset string, mode run.Mode) string {
	t.Helper()
	got, err := b.Start(t.Context(), store.Request{
		ID: dataset, Dataset: dataset, Version: "v1", AsOf: "2024-01-31", Source: "/data", SourceKey: "k", Mode: mode, RequestedBy: "ann",
	})
	require.NoError(t, err)
	require.True(t, got.New)
	return got.Run
}

// work lets a worker work until the test ends, or stop is called, which is what SIGTERM
// comes to. Leases run out while a test waits.
func (b *bench) work(t *testing.T, owner string, change ...func(*worker.Config)) (stop func()) {
	t.Helper()
	services, err := step.Dial(b.Addr, b.Addr, b.Addr, nil)
	require.NoError(t, err)
	cfg := worker.Config{Owner: owner, Runs: 4, Lease: 1500 * time.Millisecond, Heartbeat: 100 * time.Millisecond, RetryFor: 20 * time.Second}
	for _, c := range change {
		c(&cfg)
	}
	w := worker.New(b.Store, services, event.NewHub(nil, telemetry.Discard()), telemetry.Discard(), cfg)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		services.Close()
	})
	t.Cleanup(stop)
	return stop
}

// end waits until a run has ended.
func (b *bench) end(t *testing.T, id string) *run.Run {
	t.Helper()
	var r *run.Run
	require.Eventually(t, func() bool {
		var err error
		r, err = b.Run(t.Context(), id)
		require.NoError(t, err)
		return r.State.Ended()
	}, 40*time.Second, 20*time.Millisecond, "the run does not end")
	return r
}

// did queues a run, works on it, and returns it once it has ended.
func (b *bench) did(t *testing.T, mode run.Mode) *run.Run {
	t.Helper()
	id := b.queue(t, "shop", mode)
	b.work(t, "w1")
	return b.end(t, id)
}

// events are those of a run, which are numbered from 1 without gaps.
func (b *bench) events(t *testing.T, id string) []run.Event {
	t.Helper()
	page, err := b.Events(t.Context(), id, 1, 10_000)
	require.NoError(t, err)
	for i, e := range page.Events {
		require.Equal(t, int64(i+1), e.Number)
		if i > 0 {
			require.False(t, e.At.Before(page.Events[i-1].At), "%d happened before the one before it", e.Number)
		}
	}
	return page.Events
}

// lines are events in short, without progress.
func lines(events []run.Event) []string {
	var all []string
	for _, e := range events {
		if e.Kind == run.StepProgress {
			continue
		}
		line := string(e.Kind)
		if e.Step != "" {
			line += fmt.Sprintf(" %s %d", e.Step, e.Attempt)
		}
		if e.Reason != "" {
			line += " " + e.Reason
		}
		all = append(all, line)
	}
	return all
}

// steps are the steps of a run in short.
func steps(r *run.Run) []string {
	var all []string
	for _, s := range r.Steps {
		all = append(all, fmt.Sprintf("%s %s %d", s.Kind, s.State, s.Attempts))
	}
	return all
}

func requireState(t *testing.T, r *run.Run, want run.State) {
	t.Helper()
	require.Equal(t, want, r.State, "%s: %s; %v", r.Reason, r.Message, steps(r))
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

// fences are the numbers under which a method was called.
func (b *bench) fences(methods ...string) []int64 {
	var all []int64
	for _, c := range b.Calls(methods...) {
		if req, ok := c.Request.(fenced); ok {
			all = append(all, req.GetContext().GetFence().GetNumber())
		}
	}
	return all
}

func before(events []string, first, second string) bool {
	i, j := slices.Index(events, first), slices.Index(events, second)
	return i >= 0 && j >= 0 && i < j
}
