package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/worker"
)

// fenced is what every request of a step is.
type fenced interface{ GetContext() *stepv1.StepContext }

func TestEventsTellARunInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)

	r := b.did(t, run.Full)

	requireState(t, r, run.Succeeded)
	require.Equal(t, []string{
		"RUN_QUEUED", "RUN_STARTED",
		"STEP_STARTED STAGE 1", "STEP_SUCCEEDED STAGE 1", "STEP_STARTED VALIDATE 1", "STEP_SUCCEEDED VALIDATE 1",
		"STEP_STARTED PUBLISH 1", "STEP_SUCCEEDED PUBLISH 1", "STEP_STARTED STAMP 1", "STEP_SUCCEEDED STAMP 1", "RUN_ENDED",
	}, lines(b.events(t, r.ID)))
}

func TestAPlanHasStepsOfItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)

	r := b.did(t, run.Plan)

	requireState(t, r, run.Succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PLAN SUCCEEDED 1"}, steps(r))
	require.Empty(t, b.Calls("Publish", "Stamp"))
	require.Len(t, b.Calls("DiscardPrepared", "DiscardStaging"), 2, "nothing of it stays")
}

func TestTimesOfStepsFollowEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Validate", 1, problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Succeeded)
	last := *r.StartedAt
	require.False(t, last.Before(r.CreatedAt))
	for _, s := range r.Steps {
		require.False(t, s.StartedAt.Before(last), "%s began before the one before it had ended", s.Kind)
		require.False(t, s.EndedAt.Before(*s.StartedAt), s.Kind)
		last = *s.EndedAt
	}
	require.False(t, r.EndedAt.Before(last))
	validate := r.Step(run.Validate)
	require.Equal(t, 2, validate.Attempts)
	require.GreaterOrEqual(t, validate.EndedAt.Sub(*validate.StartedAt), 100*time.Millisecond,
		"from the first attempt to the end of the last, the wait between them included")
}

func TestAStepThatDidNotBeginHasNoTimes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Stage", 100, problem.New(problem.SourceNotFound, "no folder"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Failed)
	require.Equal(t, []string{"STAGE FAILED 1", "VALIDATE SKIPPED 0", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.NotNil(t, r.Steps[0].EndedAt)
	for _, s := range r.Steps[1:] {
		require.Nil(t, s.StartedAt, s.Kind)
		require.Nil(t, s.EndedAt, s.Kind)
	}
}

func TestProgressStandsBetweenTheBeginningAndTheEndOfItsStep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range int64(200) {
		b.Tells("Stage", &stepv1.Progress{Table: "shop_users", Phase: "copy", RowsDone: i, RowsTotal: 200}, &stepv1.Progress{Table: "shop_orders", Phase: "copy", RowsDone: 2 * i})
	}
	held, release := b.Hangs("Stage")
	id := b.queue(t, "shop", run.Full)
	b.work(t, "w1")
	receive(t, held)
	require.Eventually(t, func() bool { return len(b.events(t, id)) >= 5 }, 20*time.Second, 20*time.Millisecond, "progress is recorded while the step works")
	release()

	requireState(t, b.end(t, id), run.Succeeded)

	events := b.events(t, id)
	require.Equal(t, []run.EventKind{run.RunQueued, run.RunStarted, run.StepStarted, run.StepProgress, run.StepProgress, run.StepDone},
		[]run.EventKind{events[0].Kind, events[1].Kind, events[2].Kind, events[3].Kind, events[4].Kind, events[5].Kind})
	for i, table := range []string{"shop_users", "shop_orders"} {
		e := events[3+i]
		require.Equal(t, table, e.Progress.GetTable())
		require.Equal(t, run.Stage, e.Step)
		require.Equal(t, 1, e.Attempt)
	}
	require.Equal(t, "shop_users: copy, 99%", events[3].Message, "the newest of the table")
}

func TestNoMoreRunsAreUnderWayThanTheWorkerMayHave(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := []string{b.queue(t, "shop", run.Full)}
	for _, name := range []string{"bar", "cafe", "deli"} {
		b.apply(t, name)
		ids = append(ids, b.queue(t, name, run.Full))
	}
	held, release := b.Hangs("Stage")
	b.work(t, "w1", func(c *worker.Config) { c.Runs = 2 })
	receive(t, held)
	receive(t, held)
	select {
	case <-held:
		require.Fail(t, "a third run is under way")
	case <-time.After(1200 * time.Millisecond): // two looks for runs, and more
	}

	release()

	for _, id := range ids {
		requireState(t, b.end(t, id), run.Succeeded)
	}
	require.Len(t, b.Calls("Stage"), 4, "each run once")
}
