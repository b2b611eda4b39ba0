package orchestrator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestAPlanPublishesNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)

	r := s.did(t, plan())

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PLAN SUCCEEDED 1"}, steps(r))
	require.Equal(t, "would insert 86, update 2,000, leave 12,000 unchanged", r.GetSteps()[2].GetSummary())
	require.Empty(t, s.made("Publish", "Stamp"))
	require.True(t, s.made("Stage")[0].Plan, "ingest is told that the batch delivers nothing")
	require.Equal(t, []string{"BATCH_STATE_DISCARDED"}, s.states())
	require.Equal(t, "14 of 14 expectations held; 2 snapshots could be stamped", r.GetSteps()[1].GetSummary())
	s.requirePreparedAndDropped(t, r)
}

// requirePreparedAndDropped checks that the last that was prepared for a run was
// dropped before the run ended.
func (s *suite) requirePreparedAndDropped(t *testing.T, r *orchestratorv1.Run) {
	t.Helper()
	require.NotEmpty(t, s.made("Prepare"))
	made := s.made("Prepare", "DiscardPrepared")
	last := made[len(made)-1]
	require.Equal(t, "DiscardPrepared", last.Method)
	require.Equal(t, r.GetBatch(), last.Batch)
}

func TestAPlanRefusesWhatARunWouldRefuse(t *testing.T) {
	t.Parallel()
	for _, reason := range []problem.Reason{problem.SnapshotDiffers, problem.SnapshotTableDiffers} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.on("Prepare", failing(2, problem.New(reason, "another content").Violate("shop_users_snapshots", "stamped 7,043 rows")))

			wet, dry := s.did(t, ask()), s.did(t, plan())

			requireState(t, dry, failed)
			require.Equal(t, string(reason), dry.GetReason())
			require.Equal(t, wet.GetReason(), dry.GetReason())
			require.Equal(t, wet.GetMessage(), dry.GetMessage())
			require.Equal(t, messages(wet), messages(dry))
			require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE FAILED 1", "PLAN SKIPPED 0"}, steps(dry))
			s.requirePreparedAndDropped(t, dry)
		})
	}
}

func TestAPlanThatFailsDropsWhatItPrepared(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Plan", failing(1, problem.New(problem.DeparturesOverLimit, "95 of 100 rows departed")))

	r := s.did(t, plan())

	requireState(t, r, failed)
	require.Equal(t, string(problem.DeparturesOverLimit), r.GetReason())
	s.requirePreparedAndDropped(t, r)
}
