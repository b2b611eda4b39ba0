package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// cancelled cancels a run while a call is under way that ends only when it is told to.
func cancelled(t *testing.T, b *bench, mode run.Mode, method string) (*run.Run, chan struct{}) {
	t.Helper()
	held, stopped := make(chan struct{}, 10), make(chan struct{}, 10)
	b.On(method, func(ctx context.Context, _ int, _ proto.Message) error {
		held <- struct{}{}
		<-ctx.Done()
		stopped <- struct{}{}
		return ctx.Err()
	})
	id := b.queue(t, "shop", mode)
	b.work(t, "w1")
	receive(t, held)

	require.NoError(t, b.Cancel(t.Context(), id, "bob"))

	return b.end(t, id), stopped
}

func TestARunIsCancelledInTheMiddleOfAStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode    run.Mode
		method  string
		step    run.Kind
		dropped []string
	}{
		{run.Full, "Stage", run.Stage, []string{"DiscardStaging"}},
		{run.Full, "Validate", run.Validate, []string{"DiscardPrepared", "DiscardStaging"}},
		{run.Full, "Prepare", run.Validate, []string{"DiscardPrepared", "DiscardStaging"}},
		{run.Full, "ExpandLive", run.Publish, []string{"DiscardPrepared", "DiscardStaging"}},
		{run.Full, "Publish", run.Publish, []string{"DiscardPrepared", "DiscardStaging"}},
		{run.Plan, "Plan", run.PlanChanges, []string{"DiscardPrepared", "DiscardStaging"}},
	} {
		t.Run(c.method, func(t *testing.T) {
			t.Parallel()
			b := setup(t)

			r, stopped := cancelled(t, b, c.mode, c.method)

			requireState(t, r, run.Cancelled)
			receive(t, stopped)
			told := b.events(t, r.ID)
			require.True(t, before(lines(told), "CANCEL_REQUESTED", "RUN_ENDED"))
			require.Equal(t, "cancelled on request", told[len(told)-1].Message)
			require.Equal(t, run.StepCancelled, r.Step(c.step).State)
			require.NotNil(t, r.Step(c.step).EndedAt)
			for _, s := range r.Steps {
				require.NotContains(t, []run.StepState{run.StepRunning, run.StepPending}, s.State, s.Kind)
			}
			require.Empty(t, r.Reason, "nothing failed")
			var dropped []string
			for _, call := range b.Calls("DiscardPrepared", "DiscardStaging") {
				dropped = append(dropped, call.Method)
			}
			require.ElementsMatch(t, c.dropped, dropped)
			require.Empty(t, b.Calls("Stamp"))
			numbers := b.fences("DiscardStaging")
			require.Greater(t, numbers[0], b.fences(c.method)[0], "the call that was cut off can commit nothing after this")
		})
	}
}

// TestACancelComesTooLateForAPublishThatTookPlace cuts a publish off whose work is done:
// live holds the batch, so the run goes on and stamps it.
func TestACancelComesTooLateForAPublishThatTookPlace(t *testing.T) {
	t.Parallel()
	for _, state := range []ingestv1.BatchState{ingestv1.BatchState_BATCH_STATE_PUBLISHED, ingestv1.BatchState_BATCH_STATE_BACKFILLED} {
		t.Run(state.String(), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			held := make(chan struct{}, 10)
			b.On("Publish", func(ctx context.Context, _ int, _ proto.Message) error {
				b.Answers("GetBatch", &ingestv1.Batch{State: state, Counts: []*stepv1.TableCounts{{Table: "shop_users", Inserted: 7}}})
				held <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			})
			id := b.queue(t, "shop", run.Full)
			b.work(t, "w1")
			receive(t, held)

			require.NoError(t, b.Cancel(t.Context(), id, "bob"))

			r := b.end(t, id)
			requireState(t, r, run.Succeeded)
			require.Equal(t, state == ingestv1.BatchState_BATCH_STATE_BACKFILLED, r.Backfill)
			require.Equal(t, int64(7), r.Step(run.Publish).Counts[0].GetInserted(), "what it did is read from the batch")
			require.Len(t, b.Calls("Publish"), 1)
			require.Len(t, b.Calls("Stamp"), 1)
		})
	}
}

func TestACancelDoesNotStopAStamp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, release := b.Hangs("Stamp")
	id := b.queue(t, "shop", run.Full)
	b.work(t, "w1")
	receive(t, held)

	require.NoError(t, b.Cancel(t.Context(), id, "bob"))
	require.Eventually(t, func() bool {
		r, err := b.Run(t.Context(), id)
		return err == nil && r.CancelRequested
	}, receiveLimit, tick)
	release()

	requireState(t, b.end(t, id), run.Succeeded)
	require.Len(t, b.Calls("Stamp"), 1, "live is never left ahead of history on purpose")
}

func TestACancelEndsTheWaitForAnotherTry(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Stage", 100, problem.New(problem.DatabaseFull, "no space left on device")) // tried again in a minute
	id := b.queue(t, "shop", run.Full)
	b.work(t, "w1")
	require.Eventually(t, func() bool { return len(b.events(t, id)) == 4 }, receiveLimit, tick, "it waits")

	require.NoError(t, b.Cancel(t.Context(), id, "bob"))

	requireState(t, b.end(t, id), run.Cancelled)
	require.Len(t, b.Calls("Stage"), 1)
}

func TestWhetherItWasPublishedIsAskedForUntilIngestAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held := make(chan struct{}, 10)
	b.On("Publish", func(ctx context.Context, _ int, _ proto.Message) error {
		b.Fails("GetBatch", 3, problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts")) // the first answered the validation
		held <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	id := b.queue(t, "shop", run.Full)
	b.work(t, "w1")
	receive(t, held)

	require.NoError(t, b.Cancel(t.Context(), id, "bob"))

	r := b.end(t, id)
	requireState(t, r, run.Cancelled)
	require.Len(t, steptest.Requests[*ingestv1.GetBatchRequest](t, b.World, "GetBatch"), 4)
	require.Contains(t, lines(b.events(t, id)), "STEP_RETRYING PUBLISH 1 DATABASE_UNAVAILABLE", "who watches is told what is waited for")
}
