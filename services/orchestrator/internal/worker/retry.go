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
	began   time.Time
	tries   int
	unknown int
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
	x.log.InfoContext(ctx, "step failed", "step", k, "reason", p.Reason, "error", p.Message)
	o := run.Outcome{Failure: &run.Failure{Reason: p.Reason, Message: p.Message}}
	if len(p.Violations) > 0 {
		o.Findings = slices.Concat(x.run.Findings, run.Violations(p))
	}
	return x.run.Conclude(k, o), nil
}

func (x *execution) goBack(to, from run.Kind, p *problem.Error, message string) run.Change {
	x.back++
	return x.run.GoBack(to, from, p.Reason, message)
}

// mayPass says whether the step is worth another try. A run that has published only
// goes forward, so faults of the world are waited out, however long they last.
func (x *execution) mayPass(kind fault.Kind) bool {
	if x.faults.tries == 0 {
		x.faults.began = time.Now()
	}
	switch kind {
	case fault.Transient:
		return x.run.Published() || time.Since(x.faults.began) < x.cfg.RetryFor
	case fault.Unknown:
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
