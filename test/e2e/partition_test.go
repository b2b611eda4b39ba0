package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const (
	januaryCustomers  = "sf_history.customers_snapshots__2024_01_31__r1"
	februaryCustomers = "sf_history.customers_snapshots__2024_02_29__r1"
)

// dropped takes partitions of history away, as somebody does by hand.
func (s *suite) dropped(t *testing.T, partitions ...string) {
	t.Helper()
	for _, p := range partitions {
		_, err := s.db.Exec(t.Context(), "drop table "+p)
		require.NoError(t, err)
	}
}

// summaries are what the steps of a run came to, by their kind.
func summaries(r *orchestratorv1.Run) map[orchestratorv1.StepKind]string {
	all := map[orchestratorv1.StepKind]string{}
	for _, st := range r.GetSteps() {
		all[st.GetKind()] = st.GetSummary()
	}
	return all
}

// stampedRows are the rows of history, with where they are.
func (s *suite) stampedRows(t *testing.T) []string {
	t.Helper()
	rows := s.rows(t, "select tableoid::regclass, * from customers_snapshots")
	rows = append(rows, s.rows(t, "select tableoid::regclass, * from orders_snapshots")...)
	slices.Sort(rows)
	return rows
}

// A partition of history is dropped by hand, of the newest date and of an older one, and
// the same files are run again: the plan says what is gone and what a run would do, the run
// does it, and the one after it has nothing to do.
func TestAPartitionThatWasDroppedIsFilledFromTheSameFiles(t *testing.T) {
	t.Parallel()
	const full, plan = orchestratorv1.RunMode_RUN_MODE_FULL, orchestratorv1.RunMode_RUN_MODE_PLAN
	s := kioskOf(t)
	months := map[string][]string{"2024-01-31": {"a,1\nb,2\n", "1,a\n"}, "2024-02-29": {"a,1\nb,3\n", "1,a\n2,b\n"}}
	run := func(mode orchestratorv1.RunMode, asOf, reason string) *orchestratorv1.Run {
		r := s.delivered(t, mode, asOf, reason, months[asOf][0], months[asOf][1])
		require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s", r.GetMessage())
		return r
	}
	run(full, "2024-01-31", "")
	run(full, "2024-02-29", "")
	before := s.stampedRows(t)
	for asOf, partition := range map[string]string{"2024-01-31": januaryCustomers, "2024-02-29": februaryCustomers} {
		gone := "customers_snapshots: its partition " + partition + " is gone"
		s.dropped(t, partition)

		planned, corrected := summaries(run(plan, asOf, "")), summaries(run(plan, asOf, "a mistake"))
		done := run(full, asOf, "")
		said := summaries(done)

		require.Contains(t, planned[orchestratorv1.StepKind_STEP_KIND_STAGE], "staged again although the files are known, since history lacks them: "+gone)
		require.Contains(t, planned[orchestratorv1.StepKind_STEP_KIND_VALIDATE], "2 snapshots could be stamped; "+gone+", and would be filled again")
		require.Contains(t, corrected[orchestratorv1.StepKind_STEP_KIND_VALIDATE], gone+", and would be filled again; nothing is superseded: history holds this content already")
		require.Contains(t, said[orchestratorv1.StepKind_STEP_KIND_VALIDATE], gone+", and will be filled again")
		require.Contains(t, said[orchestratorv1.StepKind_STEP_KIND_STAMP], gone+", and is filled again")
		require.False(t, done.GetUnchanged())
		require.Equal(t, before, s.stampedRows(t), "history is what it was, each row where it was")
		require.True(t, run(full, asOf, "").GetUnchanged(), "nothing is left to do")
	}
	require.Equal(t, []string{"a|1", "b|3"}, s.rows(t, "select * from customers order by 1"), "live stays as of the newest date")
}

// Other files than those that are gone are refused, and the refusal says which
// ones bring the rows back.
func TestAPartitionThatWasDroppedIsNotFilledFromOtherFiles(t *testing.T) {
	t.Parallel()
	const full = orchestratorv1.RunMode_RUN_MODE_FULL
	s := kioskOf(t)
	first := s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n")
	before := s.stampedRows(t)
	s.dropped(t, januaryCustomers)

	other := s.delivered(t, full, "2024-01-31", "", "a,1\nb,4\n", "1,a\n")

	require.Equal(t, "SNAPSHOT_DIFFERS", other.GetReason())
	require.Contains(t, other.GetMessage(), "the stamped rows are not there to be compared: "+januaryCustomers+" is gone; the files of batch "+
		first.GetBatch()+", run again, bring them back")
	require.Contains(t, foundOf(other, "SNAPSHOT_DIFFERS")[0].GetAction(), "to run its own files again where the message says that its rows are gone")
	s.delivered(t, full, "2024-01-31", "", "a,1\nb,2\n", "1,a\n")
	require.Equal(t, before, s.stampedRows(t), "as it says")
}
