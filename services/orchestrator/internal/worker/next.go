package worker

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// goOn queues the run that makes the next date again which is stale, once a restamp has made
// its own, and says so. It comes before the end of the run, and asks under a key of its own:
// whoever takes the run over in between asks for the same run.
func (x *execution) goOn(ctx context.Context) (said string, err error) {
	if !x.run.Restamp || x.run.Mode == run.Plan {
		return "", nil
	}
	dates, err := x.stale(ctx)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "; which later dates are stale is not known: " + problem.FromError(err).Message, nil
	case len(dates) == 0:
		return "; nothing behind it is stale", nil
	case x.run.CancelRequested:
		return "; it was asked to stop, so that what is stale from " + dates[0] + " on was left", nil
	}
	next, err := x.queueNext(ctx, dates[0])
	switch {
	case err == nil:
		return fmt.Sprintf("; %s goes on with %s", next, dates[0]), nil
	case ctx.Err() != nil || postgres.Transient(err):
		return "", err // it is asked for again by whoever takes the run up
	}
	return fmt.Sprintf("; what is stale from %s on was left: %s", dates[0], problem.FromError(err).Message), nil
}

// stale asks which later dates are stale, until snapshot is there to answer.
func (x *execution) stale(ctx context.Context) ([]string, error) {
	for n := 1; ; n++ {
		dates, err := x.services.NextStale(ctx, x.task())
		if err == nil || ctx.Err() != nil || !fault.Of(err).Passes() && n >= maxUnknown {
			return dates, err
		}
		if err := pause.Sleep(ctx, fault.Wait(n, rand.Float64())); err != nil { //nolint:gosec // jitter
			return nil, err
		}
	}
}

// queueNext queues the run of the next date, as StartRun would.
func (x *execution) queueNext(ctx context.Context, asOf string) (string, error) {
	v, err := x.store.Dataset(ctx, x.run.Dataset)
	if err != nil {
		return "", err
	}
	got, err := x.store.Start(ctx, store.Request{
		ID: run.NextKey(x.run.ID), Dataset: x.run.Dataset, Version: v.Version, AsOf: asOf, SourceKey: run.NoSource, Mode: run.Full,
		RequestedBy: x.run.RequestedBy, Supersede: true, Reason: x.run.SupersedeReason, Restamp: true,
		Retains: dataset.Retains(v.Content),
	})
	if err != nil {
		return "", err
	}
	x.hub.Wake(store.ChannelQueue, x.run.Dataset)
	return got.Run, nil
}
