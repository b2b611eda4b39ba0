package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// tidyFor is how long a run that is over waits for a service to drop what it made.
// What is left after that is swept by the next run of the dataset.
const tidyFor = time.Minute

// finish ends a run whose steps are all done. What it staged is not needed any more,
// nor what a plan prepared: only a stamp would have used it up.
func (x *execution) finish(ctx context.Context) error {
	drop := x.services.DropStaging
	if x.run.Mode == run.Plan {
		drop = x.services.DropAll
	}
	if err := x.tidy(ctx, drop); err != nil {
		return err
	}
	message := "succeeded"
	switch {
	case x.run.Unchanged:
		message = "succeeded: nothing had changed"
	case x.run.Backfill && x.run.Mode == run.Rollback:
		message = "succeeded: history was rolled back alone, and live left as it is"
	case x.run.Backfill:
		message = "succeeded as a backfill: live holds a later as_of"
	}
	said, err := x.goOn(ctx)
	if err != nil {
		return err
	}
	return x.save(ctx, x.run.End(run.Succeeded, message+said))
}

// giveUp ends a run of which a step failed. Its staging is kept, to be looked into.
func (x *execution) giveUp(ctx context.Context) error {
	if err := x.cutOff(ctx); err != nil {
		return err
	}
	if err := x.tidy(ctx, x.services.DropPrepared); err != nil {
		return err
	}
	return x.save(ctx, x.run.End(run.Failed, x.run.Message))
}

// abandon ends a run that shall stop, unless its publish turns out to have taken
// place: then the run goes forward from there.
func (x *execution) abandon(ctx context.Context) (run.Change, error) {
	found, err := x.settle(ctx)
	message := "cancelled on request"
	switch {
	case err != nil:
		return run.Change{}, err
	case found.done != nil:
		return x.conclude(run.Publish, *found.done), nil
	case found.err != nil:
		message += fmt.Sprintf("; whether live holds %s is not known, since the batch cannot be read: %v", x.run.AsOf, found.err)
	}
	if err := x.tidy(ctx, x.services.DropAll); err != nil {
		return run.Change{}, err
	}
	return run.Change{}, x.save(ctx, x.run.End(run.Cancelled, message))
}

// settlement is what was found out about a publish: its outcome, nil where it did not
// take place; whether ingest was away when it was asked; and why the question has no
// answer, where it has none.
type settlement struct {
	done   *run.Outcome
	waited bool
	err    error
}

// settle finds out for good whether the run's publish took place: nothing that is
// still under way can commit once it has answered.
func (x *execution) settle(ctx context.Context) (settlement, error) {
	if err := x.cutOff(ctx); err != nil || !x.run.MayHavePublished() {
		return settlement{}, err
	}
	return x.published(ctx)
}

// cutOff raises the fence where a call of ours may still be at work in a service: it
// can then no longer commit, and what is asked about it stays true.
func (x *execution) cutOff(ctx context.Context) error {
	if !slices.ContainsFunc(x.run.Steps, func(s run.Step) bool { return s.State == run.StepRunning }) {
		return nil
	}
	return x.save(ctx, run.Change{RaiseFence: true})
}

// published asks until ingest is there to answer: without an answer the run cannot be
// ended. Whoever watches is told that it is asked.
func (x *execution) published(ctx context.Context) (settlement, error) {
	var found settlement
	for n := 1; ; n++ {
		done, err := x.services.Published(ctx, x.task())
		switch {
		case ctx.Err() != nil:
			return found, ctx.Err()
		case err == nil:
			found.done = done
			return found, nil
		case problem.Is(err, problem.BatchNotFound):
			return found, nil
		case !fault.Of(err).Passes() && n >= maxUnknown:
			found.err = err
			return found, nil
		}
		if !found.waited {
			p := problem.FromError(err)
			if err := x.save(ctx, x.run.Retry(run.Publish, p.Reason, "asking ingest whether the publish took place: "+p.Message)); err != nil {
				return found, err
			}
		}
		found.waited = true
		if err := pause.Sleep(ctx, fault.Wait(n, rand.Float64())); err != nil { //nolint:gosec // jitter
			return found, err
		}
	}
}

// tidy drops what a run made. That a service cannot do it now ends no run in another
// way than it would have ended; only a lost fence does.
func (x *execution) tidy(ctx context.Context, drop func(context.Context, step.Task) error) error {
	began := time.Now()
	for n := 1; ; n++ {
		err := drop(ctx, x.task())
		kind := fault.Of(err)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			return nil
		case kind == fault.FenceLost:
			return fmt.Errorf("%w: %w", store.ErrLost, err)
		case !kind.Passes() || time.Since(began) > min(tidyFor, x.cfg.RetryFor):
			x.log.WarnContext(ctx, "left for the next run to sweep", "error", err)
			return nil
		}
		if err := pause.Sleep(ctx, fault.Wait(n, rand.Float64())); err != nil { //nolint:gosec // jitter
			return err
		}
	}
}
