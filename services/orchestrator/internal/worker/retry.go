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
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

const (
	// maxUnknown is how often a step is tried that fails without a reason. Fewer, and
	// a hiccup ends a run; more, and a defect looks like a wait.
	maxUnknown = 3
	// maxBack is how often a run goes back to an earlier step under one worker. A
	// database that crashes oftener than that does not need another try.
	maxBack = 5
)

// series counts the faults of one step since it last succeeded.
type series struct {
	tries   int
	unknown int
	// waited is how long was waited between the attempts, in all. What they worked does
	// not count: two hiccups hours of honest work apart are no outage. Nor does it begin
	// anew after an attempt that worked long, since one that is always cut off late
	// would then be tried for ever.
	waited time.Duration
}

// failed decides what a fault of a step means for the run.
func (x *execution) failed(ctx context.Context, k run.Kind, err error) (run.Change, error) {
	p := problem.FromError(err)
	switch kind := fault.Of(err); {
	case kind == fault.FenceLost:
		return run.Change{}, fmt.Errorf("%w: %w", store.ErrLost, err)
	case kind == fault.StagingLost && k != run.Stage && x.back < maxBack:
		return x.goBack(run.Stage, k, p, "the database lost the candidates; staging again"), nil
	case kind == fault.NotPrepared && k == run.Stamp && x.back < maxBack:
		return x.goBack(run.Validate, k, p, "the snapshots are not prepared; preparing again"), nil
	case x.mayPass(kind):
		return run.Change{}, x.retry(ctx, k, p)
	}
	return x.broke(ctx, k, p)
}

// broke fails a step for good, unless it is a publish that turns out to have taken
// place although no attempt of it was heard to.
func (x *execution) broke(ctx context.Context, k run.Kind, p *problem.Error) (run.Change, error) {
	if k == run.Publish {
		done, err := x.settle(ctx)
		switch {
		case err != nil:
			return run.Change{}, err
		case done != nil:
			return x.conclude(k, *done), nil
		}
	}
	x.log.InfoContext(ctx, "step failed", "step", k, "reason", p.Reason, "error", p.Message)
	o := run.Outcome{Failure: &run.Failure{Reason: p.Reason, Message: p.Message}}
	if len(p.Violations) > 0 {
		o.Findings = slices.Concat(x.run.Findings, run.Violations(p))
	}
	return x.conclude(k, o), nil
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

// mayPass says whether the step is worth another try. A run that has published only
// goes forward, so faults of the world are waited out, however long they last, and
// what has no reason is tried for as long as they are before.
func (x *execution) mayPass(kind fault.Kind) bool {
	published := x.run.Published()
	switch {
	case kind == fault.Transient && published:
		x.faults.waited = 0
		return true
	case kind == fault.Transient, kind == fault.Unknown && published:
		return x.faults.waited < x.cfg.RetryFor
	case kind == fault.Unknown:
		x.faults.unknown++
		return x.faults.unknown < maxUnknown
	default:
		return false
	}
}

// retry notes the fault and waits before the next attempt, which the step's state,
// still running, asks for. A request to stop ends the wait.
func (x *execution) retry(ctx context.Context, k run.Kind, p *problem.Error) error {
	x.faults.tries++
	wait := fault.Wait(x.faults.tries, rand.Float64()) //nolint:gosec // jitter
	x.faults.waited += wait
	x.log.WarnContext(ctx, "step is tried again", "step", k, "in", wait, "reason", p.Reason, "error", p.Message)
	if err := x.save(ctx, x.run.Retry(k, p.Reason, p.Message)); err != nil {
		return err
	}
	return x.wait(ctx, wait)
}

// wait waits, but not longer than until the run shall stop, unless it has published.
func (x *execution) wait(ctx context.Context, d time.Duration) error {
	wctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !x.run.Published() {
		defer context.AfterFunc(x.stop, cancel)()
	}
	_ = pause.Sleep(wctx, d)
	return ctx.Err()
}
