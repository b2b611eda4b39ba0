package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

func kinds(c run.Change) []run.EventKind {
	var all []run.EventKind
	for _, e := range c.Events {
		all = append(all, e.Kind)
	}
	return all
}

func states(r *run.Run) string {
	letters := map[run.StepState]string{}
	for c, s := range short {
		letters[s] = string(c)
	}
	all := ""
	for _, s := range r.Steps {
		all += letters[s.State]
	}
	return all
}

func TestBeginChoosesTheKeyOfTheCallOnce(t *testing.T) {
	t.Parallel()
	r := inState(run.Full, run.Running, false, "....")

	first := r.Begin(run.Stage)
	batch := r.Batch
	again := r.Begin(run.Stage)

	require.Regexp(t, "^bat_", batch)
	require.Equal(t, batch, r.Batch)
	require.False(t, first.RaiseFence)
	require.True(t, again.RaiseFence, "the attempt before may still be at work")
	require.Equal(t, 2, r.Step(run.Stage).Attempts)
	require.Equal(t, "began again, attempt 2", again.Events[0].Message)
}

func TestConcludeTellsWhatAStepDid(t *testing.T) {
	t.Parallel()
	r := inState(run.Full, run.Running, false, "r...")
	counts := []*stepv1.TableCounts{{Table: "users", Rows: 3}}

	c := r.Conclude(run.Stage, run.Outcome{
		Counts: counts, Summary: "3 rows", Findings: []*stepv1.Finding{{Message: "stale"}},
		Skip: map[run.Kind]string{run.Stamp: "no snapshots", run.PlanChanges: "not in this mode"},
	})

	require.Equal(t, "s..-", states(r))
	require.ElementsMatch(t, []run.Kind{run.Stage, run.Stamp}, c.Steps)
	require.Equal(t, []run.EventKind{run.StepDone}, kinds(c))
	require.Equal(t, counts, c.Events[0].Counts)
	require.True(t, c.Findings)
	require.Len(t, r.Findings, 1)
	require.Equal(t, "no snapshots", r.Step(run.Stamp).Summary)
}

// What a step altered before it failed stays so: its summary lists it, and the message says
// no more than that.
func TestAFailureSaysWhatWasAlteredBefore(t *testing.T) {
	t.Parallel()
	r := inState(run.Full, run.Running, false, "r...")
	r.Begin(run.Publish)

	c := r.Conclude(run.Publish, run.Outcome{Failure: &run.Failure{Reason: problem.LiveTableDiffers, Message: "a row"}, Altered: []string{"alter table a", "alter table b"}})

	const message = "a row; what was altered before it stays so, and the next run goes on from there"
	require.Equal(t, message, r.Message)
	require.Equal(t, message, c.Events[0].Message)
	require.Equal(t, message+"; done before: alter table a; alter table b", r.Step(run.Publish).Summary)
}

func TestTheFirstFailureIsTheRuns(t *testing.T) {
	t.Parallel()
	r := inState(run.Full, run.Running, false, "r...")

	r.Conclude(run.Stage, run.Outcome{Failure: &run.Failure{Reason: problem.RowsRejected, Message: "3 rows"}, Continue: run.Validate})
	require.Equal(t, "f.--", states(r))
	r.Begin(run.Validate)
	c := r.Conclude(run.Validate, run.Outcome{Failure: &run.Failure{Reason: problem.ExpectationsFailed, Message: "negative"}})

	require.Equal(t, "ff--", states(r))
	require.Equal(t, string(problem.RowsRejected), r.Reason)
	require.Equal(t, "3 rows", r.Message)
	require.Equal(t, string(problem.ExpectationsFailed), c.Events[0].Reason)
	require.False(t, c.Findings, "an outcome without findings leaves them")
}

func TestGoBackLeavesWhatIsPublished(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		steps, want string
		to, from    run.Kind
		validation  string
	}{
		{"lost before it was judged", "sr..", "....", run.Stage, run.Validate, ""},
		{"lost before it was published", "ssr.", "....", run.Stage, run.Publish, ""},
		{"an unchanged batch that is so no more", "s-r-", "....", run.Stage, run.Publish, ""},
		{"not prepared", "sssr", "s.s.", run.Validate, run.Stamp, "val_1"},
	} {
		r := inState(run.Full, run.Running, false, tc.steps)
		r.Batch, r.Validation, r.Unchanged = "bat_1", "val_1", true
		r.Reason, r.Message = string(problem.RowsRejected), "3 rows"

		c := r.GoBack(tc.to, tc.from, problem.StagingLost, "lost")

		require.Equal(t, tc.want, states(r), tc.name)
		require.Equal(t, "bat_1", r.Batch, tc.name)
		require.Equal(t, tc.validation, r.Validation, tc.name)
		require.Equal(t, tc.to == run.Stage, r.Reason == "" && r.Message == "", "%s: a verdict goes with what it was on", tc.name)
		require.True(t, c.RaiseFence, tc.name)
		require.Equal(t, []run.EventKind{run.StepRetrying}, kinds(c), tc.name)
		require.Equal(t, tc.from, c.Events[0].Step, tc.name)
	}
}

func TestEndLeavesNoStepOpen(t *testing.T) {
	t.Parallel()
	for steps, want := range map[string]string{"r...": "c---", "ssss": "ssss", "f.--": "f---", "s-r-": "s-c-"} {
		r := inState(run.Full, run.Running, false, steps)
		r.Reason = string(problem.Internal)

		c := r.End(run.Cancelled, "stopped")

		require.Equal(t, want, states(r))
		require.Equal(t, run.Cancelled, r.State)
		require.Equal(t, []run.EventKind{run.RunEnded}, kinds(c))
		require.Empty(t, c.Events[0].Reason, "only a run that failed has a reason")
		require.Equal(t, run.Cancelled, c.Events[0].State)
	}
}

func TestProgressReadsWell(t *testing.T) {
	t.Parallel()
	r := inState(run.Full, run.Running, false, "r...")
	for want, p := range map[string]*stepv1.Progress{
		"users: copy, 50%":  {Table: "users", Phase: "copy", BytesDone: 5, BytesTotal: 10},
		"users: hash, 33%":  {Table: "users", Phase: "hash", RowsDone: 1, RowsTotal: 3},
		"check references":  {Phase: "check references", RowsDone: 7},
		"users: check keys": {Table: "users", Phase: "check keys"},
		"users: copy, 100%": {Table: "users", Phase: "copy", BytesDone: 10, BytesTotal: 10, RowsDone: 1, RowsTotal: 3},
	} {
		require.Equal(t, want, r.Progressed(run.Stage, p).Message)
	}
}

func TestConcludeTakesOverAValidation(t *testing.T) {
	t.Parallel()
	r := inState(run.Full, run.Running, false, "r...")
	r.Conclude(run.Stage, run.Outcome{Validation: "val_1"})
	require.Equal(t, "val_1", r.Validation)

	r.Begin(run.Validate)
	r.Conclude(run.Validate, run.Outcome{})

	require.Equal(t, "val_1", r.Validation, "an outcome that names none leaves it")
}

func TestChangesAddUp(t *testing.T) {
	t.Parallel()
	a := run.Change{Steps: []run.Kind{run.Stage}, Events: []run.Event{{Kind: run.StepDone}}, Findings: true}
	b := run.Change{Steps: []run.Kind{run.Validate}, Events: []run.Event{{Kind: run.StepStarted}}, RaiseFence: true}

	both := a.And(b)

	require.Equal(t, []run.Kind{run.Stage, run.Validate}, both.Steps)
	require.Equal(t, []run.EventKind{run.StepDone, run.StepStarted}, kinds(both))
	require.True(t, both.Findings && both.RaiseFence)
	require.Len(t, a.Events, 1)
}

func TestWhatMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	for steps, want := range map[string][3]bool{ // prepared, begun to publish, published
		"s...": {false, false, false}, "sr..": {true, false, false}, "ssr.": {true, true, false}, "sss.": {true, true, true}, "s-s-": {false, true, true},
	} {
		r := inState(run.Full, run.Running, false, steps)
		require.Equal(t, want, [3]bool{r.MayHavePrepared(), r.MayHavePublished(), r.Published()}, steps)
	}
	require.True(t, inState(run.Plan, run.Running, false, "ss.").MayHavePrepared(), "a plan prepares as a run does")
	require.False(t, inState(run.Plan, run.Running, false, "s--").MayHavePrepared())
	require.Nil(t, inState(run.Plan, run.Running, false, "ss.").Step(run.Publish))
}
