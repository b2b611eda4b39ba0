package worker

import (
	"cmp"
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

const (
	// maxUnknown is how often a step is tried that fails without a reason. Fewer, and
	// a hiccup ends a run; more, and a defect looks like a wait.
	maxUnknown = 3
	// maxBack is how often a run goes back to an earlier step under one worker. A
	// database that crashes oftener than that does not need another try.
	maxBack = 5
	// maxCutOff is how often a step is tried again that was cut off in honest work. More,
	// and a delivery that brings a service down takes it down from all the others.
	maxCutOff = 5
)

// series counts the faults of one step since it last succeeded.
type series struct {
	tries   int
	unknown int
	// outage is how long there was no getting on: the waits between attempts, and those
	// attempts that failed soon.
	outage time.Duration
	// cutOff counts the attempts that worked for long before they failed. Two hiccups
	// hours of honest work apart are no outage.
	cutOff int
	// settled says that a publish was given another attempt because ingest had been away
	// when it was asked whether the one before took place.
	settled bool
}

// spend notes how long an attempt that failed had worked: one of more than a tenth of
// what an outage may last was honest work.
func (s *series) spend(worked, retryFor time.Duration) {
	if worked > retryFor/10 {
		s.cutOff++
		return
	}
	s.outage += worked
}

// failed decides what a fault of a step means for the run.
func (x *execution) failed(ctx context.Context, k run.Kind, err error) (run.Change, error) {
	p := problem.FromError(err)
	switch kind := fault.Of(err); {
	case kind == fault.FenceLost:
		return run.Change{}, fmt.Errorf("%w: %w", store.ErrLost, err)
	case kind == fault.StagingLost && k != x.run.Mode.First() && x.back < maxBack:
		return x.goBack(x.run.Mode.First(), k, p, "the database lost the candidates; staging again"), nil
	case kind == fault.NotPrepared && k == run.Stamp && x.back < maxBack:
		return x.goBack(run.Validate, k, p, "the snapshots are not prepared; preparing again"), nil
	case x.mayPass(kind):
		return run.Change{}, x.retry(ctx, k, kind, p)
	}
	// A verdict on the first attempt says itself that nothing was written.
	if k == run.Publish && (fault.Of(err) != fault.Verdict || x.run.Step(k).Attempts > 1) {
		return x.unheard(ctx, p, step.Altered(err))
	}
	return x.broke(ctx, k, p, step.Altered(err)), nil
}

// unheard ends a publish of which no attempt was heard to succeed, by what ingest says
// of it: it may have taken place all the same.
func (x *execution) unheard(ctx context.Context, p *problem.Error, altered []string) (run.Change, error) {
	found, err := x.settle(ctx)
	switch {
	case err != nil:
		return run.Change{}, err
	case found.done != nil:
		return x.conclude(run.Publish, *found.done), nil
	case x.stop.Err() != nil:
		return run.Change{}, nil // the run shall stop, and may
	case found.waited && !x.faults.settled:
		x.faults.settled = true // the outage is over: the publish deserves a try
		return run.Change{}, x.retry(ctx, run.Publish, fault.Transient, p)
	case found.err != nil:
		p = problem.Wrap(p, p.Reason, "%s; whether live holds %s is not known, since the batch cannot be read: %v; start the run again once it can", p.Message, x.run.AsOf, found.err)
	}
	return x.broke(ctx, run.Publish, p, altered), nil
}

// broke fails a step for good, with the statements that it had carried out by then.
func (x *execution) broke(ctx context.Context, k run.Kind, p *problem.Error, altered []string) run.Change {
	x.log.InfoContext(ctx, "step failed", "step", k, "reason", p.Reason, "error", p.Message)
	o := run.Outcome{Failure: &run.Failure{Reason: p.Reason, Message: p.Message}, Altered: altered}
	if len(p.Violations) > 0 {
		o.Findings = slices.Concat(x.run.Findings, run.Violations(p))
	}
	return x.conclude(k, o)
}

// conclude ends a step; the faults of the one after it are counted anew.
func (x *execution) conclude(k run.Kind, o run.Outcome) run.Change {
	x.faults = series{}
	return x.run.Conclude(k, o)
}

func (x *execution) goBack(to, from run.Kind, p *problem.Error, message string) run.Change {
	x.back++
	return x.run.GoBack(to, from, p.Reason, message)
}

// mayPass says whether the step is worth another try. A run that has published, or begun to erase, only
// goes forward, so faults of the world are waited out, however long they last, and
// what has no reason is tried for as long as they are before.
func (x *execution) mayPass(kind fault.Kind) bool {
	published := x.run.OnlyForward()
	switch kind {
	case fault.Transient, fault.Full:
		return published || x.faults.outage < x.cfg.RetryFor && x.faults.cutOff <= maxCutOff
	case fault.Unknown:
		x.faults.unknown++
		return x.faults.unknown < maxUnknown || published && x.faults.outage < x.cfg.RetryFor
	default:
		return false
	}
}

// retry notes the fault and waits before the next attempt, which the step's state,
// still running, asks for. A request to stop ends the wait.
func (x *execution) retry(ctx context.Context, k run.Kind, kind fault.Kind, p *problem.Error) error {
	x.faults.tries++
	wait, message := fault.Wait(x.faults.tries, rand.Float64()), p.Message //nolint:gosec // jitter
	if kind == fault.Full {
		wait = cmp.Or(x.cfg.FullWait, fault.WaitFull(x.faults.tries, rand.Float64())) //nolint:gosec // jitter
		message += "; trying again in " + wait.Round(time.Second).String()
	}
	x.faults.outage += wait
	x.log.WarnContext(ctx, "step is tried again", "step", k, "in", wait, "reason", p.Reason, "error", p.Message)
	if err := x.save(ctx, x.run.Retry(k, p.Reason, message)); err != nil {
		return err
	}
	return x.wait(ctx, wait)
}

// wait waits, but not longer than until the run shall stop, unless it has published.
func (x *execution) wait(ctx context.Context, d time.Duration) error {
	wctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !x.run.OnlyForward() {
		defer context.AfterFunc(x.stop, cancel)()
	}
	_ = pause.Sleep(wctx, d)
	return ctx.Err()
}
