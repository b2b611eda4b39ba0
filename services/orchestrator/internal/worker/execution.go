package worker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// execution is a worker's work on one run, from the claim until the run has ended
// or is no longer the worker's.
type execution struct {
	*Worker
	claim   *store.Claim
	run     *run.Run
	dataset *datasetv1.Dataset
	faults  series
	// back counts how often the run went back to an earlier step.
	back int
	// stop ends when someone asked the run to stop.
	stop    context.Context //nolint:containedctx // it stands for a request, not for a call
	askStop context.CancelFunc
}

// execute works on a run beside its heartbeat.
func (w *Worker) execute(ctx context.Context, c *store.Claimed, l lease) {
	ctx = telemetry.With(ctx, slog.String("run", c.Run.ID), slog.String("dataset", c.Run.Dataset))
	ctx = metadata.AppendToOutgoingContext(ctx, grpcserver.RequestIDKey, c.Run.ID)
	held, drop := context.WithCancelCause(ctx)
	x := &execution{Worker: w, claim: c.Claim, run: c.Run, dataset: c.Dataset}
	x.stop, x.askStop = context.WithCancel(context.WithoutCancel(ctx))
	defer x.askStop()
	w.log.InfoContext(ctx, "run claimed", "fence", c.Claim.Fence.Number, "as_of", c.Run.AsOf)
	var heart sync.WaitGroup
	claim := *c.Claim
	heart.Go(func() { x.keep(held, claim, l, drop) })
	err := x.drive(held)
	if held.Err() != nil {
		err = context.Cause(held)
	}
	drop(nil)
	heart.Wait()
	x.report(ctx, err)
}

// report logs how the work ended. After a defect the run is left alone for a while.
func (x *execution) report(ctx context.Context, err error) {
	switch {
	case err == nil:
		x.log.InfoContext(ctx, "run ended", "state", x.run.State, "reason", x.run.Reason)
	case ctx.Err() != nil:
		x.log.InfoContext(ctx, "run left for another worker")
	case errors.Is(err, store.ErrLost), errors.Is(err, errLeaseRanOut):
		x.log.WarnContext(ctx, "run lost", "error", err)
	default:
		x.log.ErrorContext(ctx, "run laid aside", "error", err, "for", layAside)
		_ = pause.Sleep(ctx, layAside)
	}
}

// drive does what comes next until nothing does. A change is stored together with
// the beginning of the step after it, in one write.
func (x *execution) drive(ctx context.Context) error {
	var unsaved run.Change
	for {
		x.run.CancelRequested = x.run.CancelRequested || x.stop.Err() != nil
		action := x.run.Next()
		if action.Verb == run.Do {
			unsaved = unsaved.And(x.run.Begin(action.Step))
		}
		if len(unsaved.Events) > 0 {
			if err := x.save(ctx, unsaved); err != nil {
				return err
			}
			unsaved = run.Change{}
			if x.run.CancelRequested {
				x.run.Withhold(action)
			}
			if x.run.Next() != action {
				continue // someone asked the run to stop meanwhile
			}
		}
		var err error
		switch action.Verb {
		case run.Do:
			unsaved, err = x.attempt(ctx, action.Step)
		case run.Finish:
			err = x.finish(ctx)
		case run.GiveUp:
			err = x.giveUp(ctx)
		case run.Abandon:
			unsaved, err = x.abandon(ctx)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// attempt does one attempt of a step, and says what it changed.
func (x *execution) attempt(ctx context.Context, k run.Kind) (run.Change, error) {
	began := time.Now()
	outcome, err := x.do(ctx, k)
	switch {
	case err == nil:
		return x.conclude(k, outcome), nil
	case ctx.Err() != nil:
		return run.Change{}, ctx.Err()
	case x.stop.Err() != nil && !x.run.OnlyForward():
		return run.Change{}, nil // it was stopped on request
	default:
		x.faults.spend(time.Since(began), x.cfg.RetryFor)
		return x.failed(ctx, k, err)
	}
}

// do calls the step's service, and stops the call when the run shall stop, unless it
// has published. Progress is recorded meanwhile.
func (x *execution) do(ctx context.Context, k run.Kind) (run.Outcome, error) {
	if !x.run.OnlyForward() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(x.stop, cancel)()
	}
	if k == run.Publish && x.run.Step(k).Attempts > 1 {
		// The attempt before may have committed although its answer was lost.
		if done, err := x.services.Published(ctx, x.task()); err != nil || done != nil {
			return deref(done), err
		}
	}
	rec, stop := x.record(ctx, k)
	defer stop()
	t := x.task()
	t.Progress = rec.hear
	return x.services.Do(ctx, k, t)
}

func deref(o *run.Outcome) run.Outcome {
	if o == nil {
		return run.Outcome{}
	}
	return *o
}

func (x *execution) task() step.Task {
	return step.Task{
		Run: x.run, Dataset: step.DatasetOf(x.run, x.dataset), Marks: step.MarksOf(x.run, x.dataset), Fence: x.claim.Fence,
		ValidationOf: x.validationOf, EraseKeys: x.store.EraseKeys, EraseFromRuns: x.store.EraseFromRuns,
	}
}

func (x *execution) validationOf(ctx context.Context, batch string) (string, error) {
	id, err := x.store.ValidationOf(ctx, x.run.Dataset, batch)
	return id, postgres.Problem(err) // a fault that passes is met like one of a service
}

// save stores a change. While PostgreSQL is away it waits for as long as the lease
// lasts: what a step did is not done again only because it could not be noted.
func (x *execution) save(ctx context.Context, change run.Change) error {
	for n := 1; ; n++ {
		err := x.store.Advance(ctx, x.claim, x.run, change)
		if err == nil || !postgres.Transient(err) || ctx.Err() != nil {
			return err
		}
		if err := pause.Sleep(ctx, fault.Wait(n, rand.Float64())); err != nil { //nolint:gosec // jitter
			return err
		}
	}
}
