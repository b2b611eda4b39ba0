package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// waitFor waits until a query has rows.
func (s *suite) waitFor(t *testing.T, sql string, args ...any) {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.rows(t, sql, args...)) > 0 }, 30*time.Second, 50*time.Millisecond, sql)
}

// A version without the exchange becomes current while the run that carries it out is under
// way, and that run ends between live and history. Then no run and no plan of the current
// version begins, nothing is rewritten, and the version is said to be in the way; the way
// out that is said works.
func TestAVersionOvertakesTheRunThatExchangesNames(t *testing.T) {
	t.Parallel()
	r := renaming{setup(t), "pairs"}
	means := map[string]string{"a": "a", "b": "b"}
	require.NoError(t, r.apply(t, "a b"))
	requireSucceeded(t, r.deliver(t, jan, means, full, 1))
	require.NoError(t, r.apply(t, "a<b b<a"))
	person := r.person(t)
	execute(t, person, "alter table pairs add constraint few check (k < 2)")
	execute(t, person, "begin; lock table pairs in access share mode")
	overtaken := r.starts(t, feb, map[string]string{"a": "b", "b": "a"}, full, 1, 2)
	r.waitFor(t, "select from pg_locks where relation = 'pairs'::regclass and mode = 'AccessExclusiveLock' and not granted")
	applied, err := r.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: r.reads(t, "a b"), RequestedBy: "e2e"})
	require.NoError(t, err)
	execute(t, person, "rollback")
	require.Equal(t, string(problem.LiveTableDiffers), r.wait(t, overtaken).GetReason())
	execute(t, person, "alter table pairs drop constraint few")

	run := r.deliver(t, mar, means, full, 1, 2)
	planned := r.deliver(t, mar, means, plan, 1, 2)
	again, err := r.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: r.reads(t, "a b"), RequestedBy: "e2e"})
	require.NoError(t, err)
	_, migrated := r.orchestrator.MigrateDataset(t.Context(), &orchestratorv1.MigrateDatasetRequest{Dataset: "pairs", Confirm: true, RequestedBy: "e2e"})
	standing := r.rows(t, "select declared from sf_ingest.renamed")
	require.NoError(t, r.apply(t, "a<b b<a"))
	requireSucceeded(t, r.deliver(t, feb, map[string]string{"a": "b", "b": "a"}, full, 1, 2))

	require.Len(t, applied.GetWarnings(), 1)
	require.Contains(t, applied.GetWarnings()[0], "public.pairs: columns a, b were to exchange their names, and no run did")
	for name, one := range map[string]*orchestratorv1.Run{"run": run, "plan": planned} {
		require.Equal(t, string(problem.SnapshotTableDiffers), one.GetReason(), name)
		require.Contains(t, one.GetMessage(), "nothing was altered or published: public.pairs_kept: columns a, b of public.pairs have been renamed (b to a, a to b) by a run that ended before it renamed this history", name)
		require.Equal(t, orchestratorv1.StepState_STEP_STATE_FAILED, one.GetSteps()[0].GetState(), name)
	}
	require.Contains(t, again.GetWarnings()[0], halfDone)
	require.ErrorContains(t, migrated, "was not migrated")
	require.Contains(t, fmt.Sprint(problem.FromError(migrated).Violations), halfDone)
	require.Equal(t, []string{"t", "t"}, standing, "what is refused closes nothing")
	require.Equal(t, map[string]string{"a": "b", "b": "a"}, r.requireAgree(t))
}

// The version between has a run that publishes and does not come to stamp: live knows that
// the exchange is declared no more, and history does not. Declared once more, only live would
// exchange the names.
func TestAnExchangeIsDeclaredOnceMoreBeforeHistoryKnows(t *testing.T) {
	t.Parallel()
	r := renaming{setup(t), "pairs"}
	require.NoError(t, r.apply(t, "a b"))
	requireSucceeded(t, r.deliver(t, jan, map[string]string{"a": "a", "b": "b"}, full, 1))
	require.NoError(t, r.apply(t, "a<b b<a"))
	requireSucceeded(t, r.deliver(t, feb, map[string]string{"a": "b", "b": "a"}, full, 1))
	require.NoError(t, r.apply(t, "a b"))
	execute(t, r.person(t), "alter table pairs add constraint few check (k < 2)")
	failed := r.deliver(t, mar, r.requireAgree(t), full, 1, 2)
	execute(t, r.person(t), "alter table pairs drop constraint few")

	refused := r.apply(t, "a<b b<a")
	requireSucceeded(t, r.deliver(t, mar, r.requireAgree(t), full, 1, 2))
	require.NoError(t, r.apply(t, "a<b b<a"))
	requireSucceeded(t, r.deliver(t, apr, map[string]string{"a": "a", "b": "b"}, full, 1, 2))

	require.Equal(t, string(problem.LiveTableDiffers), failed.GetReason())
	require.Equal(t, "public.pairs_kept: columns b, a would be renamed in public.pairs (b to a, a to b) and not in this history, which takes it for done since no run of the version between was stamped, "+
		"and the same names would mean other columns in live than in history: make a run of the version between first, and apply this one after it", violation(t, refused))
	require.Equal(t, map[string]string{"a": "a", "b": "b"}, r.requireAgree(t))
}

// A run of files that are published already stamps nothing: history is told all the same.
func TestAnUnchangedRunTellsHistoryOfNames(t *testing.T) {
	t.Parallel()
	r := renaming{setup(t), "pairs"}
	first, second := map[string]string{"a": "a", "b": "b"}, map[string]string{"a": "b", "b": "a"}
	require.NoError(t, r.apply(t, "a b"))
	requireSucceeded(t, r.deliver(t, jan, first, full, 1))
	require.NoError(t, r.apply(t, "a<b b<a"))
	requireSucceeded(t, r.deliver(t, feb, second, full, 1))
	require.NoError(t, r.apply(t, "a b"))
	requireSucceeded(t, r.deliver(t, mar, second, full, 1))
	require.NoError(t, r.apply(t, "a<b b<a"))

	again := r.deliver(t, feb, second, full, 1)

	requireSucceeded(t, again)
	require.True(t, again.GetUnchanged(), again.GetSteps()[0].GetSummary())
	require.Equal(t, first, r.requireAgree(t), "live and history exchanged them once more")
}

func violation(t *testing.T, err error) string {
	t.Helper()
	p := problem.FromError(err)
	require.Len(t, p.Violations, 1)
	return p.Violations[0].Subject + ": " + p.Violations[0].Description
}
