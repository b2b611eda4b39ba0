package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// restamp makes what is stale of the gym again, from a date on, and returns the runs in order.
func (s *suite) restamp(t *testing.T, from string, mode orchestratorv1.RunMode) []*orchestratorv1.Run {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "gym", AsOf: from, Restamp: true, Mode: mode, RequestedBy: "e2e"})
	require.NoError(t, err)
	var runs []*orchestratorv1.Run
	for id := r.GetRun().GetId(); id != ""; id = runs[len(runs)-1].GetNext() {
		runs = append(runs, s.wait(t, id))
	}
	return runs
}

func (s *suite) staleOf(t *testing.T) []string {
	t.Helper()
	return s.rows(t, "select distinct as_of::text from sf_snapshot.stale where dataset = 'gym' order by 1")
}

// A month was corrected; those after it are made again without their files, one run after the
// other, up to the one that live holds, and live with it.
func TestStaleMonthsAreMadeAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, gym)
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,gold,I\n2,gold,I\n3,silver,I\n", "7,1\n8,3\n", whole))
	requireSucceeded(t, s.gym(t, "2024-02-29", "2,silver,U\n3,silver,D\n4,gold,I\n", "7,1\n9,4\n", nil))
	requireSucceeded(t, s.gym(t, "2024-03-31", "5,gold,I\n", "7,1\n", nil))
	corrected := s.gym(t, "2024-01-31", "1,silver,I\n2,gold,I\n3,silver,I\n", "", both)
	requireSucceeded(t, corrected)
	require.Equal(t, []string{"2024-02-29", "2024-03-31"}, s.staleOf(t))
	require.Len(t, foundOf(corrected, "SNAPSHOT_STALE"), 1, "who corrects is told")
	require.Contains(t, foundOf(corrected, "SNAPSHOT_STALE")[0].GetMessage(), "2024-02-29, 2024-03-31")

	plan := s.restamp(t, "2024-02-29", orchestratorv1.RunMode_RUN_MODE_PLAN)
	require.Len(t, plan, 1)
	requireSucceeded(t, plan[0])
	require.Contains(t, plan[0].GetSteps()[0].GetSummary(), "over members_snapshots as of 2024-01-31 (revision 2)")
	require.Contains(t, plan[0].GetSteps()[0].GetSummary(), "; stale after it: 2024-03-31")
	require.EqualValues(t, 1, restatedOf(plan[0], "members_snapshots").GetChanged())
	require.Equal(t, []string{"2024-02-29", "2024-03-31"}, s.staleOf(t), "a plan changes nothing")
	early := s.restamp(t, "2024-03-31", orchestratorv1.RunMode_RUN_MODE_FULL)
	require.Equal(t, string(problem.RestampRefused), early[0].GetReason())
	require.Contains(t, early[0].GetMessage(), "begin with 2024-02-29")

	runs := s.restamp(t, "2024-01-31", orchestratorv1.RunMode_RUN_MODE_FULL)

	require.Len(t, runs, 3, "January, of which nothing is stale, and those after it")
	for _, r := range runs {
		requireSucceeded(t, r)
		require.True(t, r.GetRestamp())
	}
	require.Equal(t, "nothing of 2024-01-31 is stale; stale after it: 2024-02-29, 2024-03-31", runs[0].GetSteps()[0].GetSummary())
	require.Equal(t, []string{"2024-02-29", "2024-03-31"}, []string{runs[1].GetAsOf(), runs[2].GetAsOf()})
	require.True(t, runs[1].GetBackfill())
	require.False(t, runs[2].GetBackfill(), "live is taken along")
	require.Empty(t, s.staleOf(t))
	require.Equal(t, "1silver 2silver 4gold", s.members(t, "2024-02-29"))
	require.Equal(t, "1silver 2silver 4gold 5gold", s.members(t, "2024-03-31"))
	require.Equal(t, []string{"1|silver|I", "2|silver|U", "4|gold|I", "5|gold|I"}, s.rows(t, "select * from members order by id"))
	require.Equal(t, []string{"7|1"}, s.rows(t, "select * from visits order by no"), "what is not stale stays")
	reports, err := s.snapshot.ListRestatements(t.Context(), &snapshotv1.ListRestatementsRequest{Dataset: "gym"})
	require.NoError(t, err)
	require.Len(t, reports.GetRestatements(), 3)
	require.Equal(t, runs[2].GetId(), reports.GetRestatements()[0].GetRun())
	require.Contains(t, reports.GetRestatements()[0].GetReason(), "made again from what was delivered")
	require.Empty(t, s.staged(t))

	require.True(t, s.gym(t, "2024-03-31", "5,gold,I\n", "7,1\n", nil).GetUnchanged(), "the files are those of what is current")
	require.Len(t, s.restamp(t, "2024-02-29", orchestratorv1.RunMode_RUN_MODE_FULL), 1, "a second time nothing is to be done")
	back, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "gym", AsOf: "2024-02-29", Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, Reason: why, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	requireSucceeded(t, s.wait(t, back.GetRun().GetId()))
	require.Equal(t, "1gold 2silver 4gold", s.members(t, "2024-02-29"), "what was made again is rolled back as any correction")
}

// What the gate refuses ends what is made again; so does a date of which nothing is kept.
func TestWhatIsMadeAgainStopsWhereItCannotGoOn(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, gym)
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,gold,I\n2,gold,I\n", "", whole))
	requireSucceeded(t, s.gym(t, "2024-02-29", "2,silver,U\n", "", nil))
	requireSucceeded(t, s.gym(t, "2024-03-31", "5,gold,I\n", "", nil))
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,silver,I\n2,gold,I\n", "", both))
	before := s.members(t, "2024-03-31")
	s.rows(t, "drop table sf_history.members_snapshots__2024_03_31__delta")

	runs := s.restamp(t, "2024-02-29", orchestratorv1.RunMode_RUN_MODE_FULL)

	require.Len(t, runs, 2)
	requireSucceeded(t, runs[0])
	require.Equal(t, string(problem.RestampRefused), runs[1].GetReason())
	require.Contains(t, runs[1].GetMessage(), "deliver 2024-03-31 again with --supersede")
	require.Equal(t, before, s.members(t, "2024-03-31"))
	require.Equal(t, []string{"2024-03-31"}, s.staleOf(t))
	requireSucceeded(t, s.gym(t, "2024-03-31", "5,gold,I\n", "", correct))
	require.Empty(t, s.staleOf(t))

	s.applyYAML(t, strings.Replace(gym, "[gold, silver]", "[gold, tin]", 1))
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,tin,I\n2,gold,I\n", "", both))
	refused := s.restamp(t, "2024-02-29", orchestratorv1.RunMode_RUN_MODE_FULL)
	require.Len(t, refused, 1)
	require.Equal(t, string(problem.ExpectationsFailed), refused[0].GetReason(), "silver is no plan any more")
	require.Equal(t, []string{"2024-02-29", "2024-03-31"}, s.staleOf(t))
}

// Dates that are to be made again are about to be dropped, since the history became shorter: what
// a later one is laid over stays until that is made, and goes then.
func TestWhatIsMadeAgainBesideARetention(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, gym)
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,gold,I\n2,gold,I\n3,silver,I\n", "", whole))
	requireSucceeded(t, s.gym(t, "2024-02-29", "2,silver,U\n3,silver,D\n4,gold,I\n", "", nil))
	requireSucceeded(t, s.gym(t, "2024-03-31", "5,gold,I\n", "", nil))
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,silver,I\n2,gold,I\n3,silver,I\n", "", both))
	s.applyYAML(t, strings.Replace(gym, "keep: 12", "keep: 1", 1))

	runs := s.restamp(t, "2024-02-29", orchestratorv1.RunMode_RUN_MODE_FULL)

	require.Len(t, runs, 2)
	for _, r := range runs {
		requireSucceeded(t, r)
	}
	require.Empty(t, s.staleOf(t))
	require.Equal(t, "1silver 2silver 4gold 5gold", s.members(t, "2024-03-31"), "over February as it was made again")
	require.Equal(t, []string{"1|silver|I", "2|silver|U", "4|gold|I", "5|gold|I"}, s.rows(t, "select * from members order by id"))
	require.Equal(t, []string{"2024-01-31", "2024-02-29"}, s.rows(t, "select as_of::text from sf_snapshot.dropped where dataset = 'gym' order by 1"))
	again := s.restamp(t, "2024-02-29", orchestratorv1.RunMode_RUN_MODE_FULL)
	require.Len(t, again, 1, "a date that was dropped is one to look from, and is not stale")
	require.Equal(t, "nothing of 2024-02-29 is stale", again[0].GetSteps()[0].GetSummary())
	require.Equal(t, "1silver 2silver 4gold 5gold", s.members(t, "2024-03-31"))
}
