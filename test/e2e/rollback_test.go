package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/extract"
)

const back = "the correction was worse"

// rollback takes an as_of back.
func (s *suite) rollback(t *testing.T, asOf string, revision int32) *orchestratorv1.Run {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: asOf, Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, ToRevision: revision, RequestedBy: "e2e", Reason: back,
	})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func (s *suite) rolledBack(t *testing.T, asOf string, revision int32) *orchestratorv1.Run {
	t.Helper()
	run := s.rollback(t, asOf, revision)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), "%s: %s\n%v", run.GetReason(), run.GetMessage(), run.GetFindings())
	return run
}

// content is every row of live and of the snapshots of a date, table by table.
func (s *suite) content(t *testing.T, asOf string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range liveTables {
		all[table] = s.rows(t, "select r::text from public."+table+" r order by 1")
	}
	for _, name := range s.rows(t, "select distinct snapshot from sf_snapshot.catalog order by 1") {
		all[name] = s.rows(t, "select r::text from public."+name+" r where as_of = $1::date order by 1", asOf)
	}
	return all
}

// A correction that was wrong is taken back: live and history are as they were before it,
// what it withdrew is there again, and what only it had brought is gone.
func TestACorrectionIsRolledBack(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	wrong := withStrangers(t, february, 3)
	extract.SetField(t, wrong, "labels.csv", 2, "churn_label", "True")
	for _, file := range []string{"subscriptions.csv", "usage_agg_30d.csv", "payments_agg_90d.csv", "support_agg_90d.csv", "labels.csv", "users.csv"} {
		extract.Edit(t, wrong, file, func(lines []string) []string { return append(lines[:5:5], lines[6:]...) })
	}
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	right := s.content(t, extract.February)
	s.supersede(t, extract.February, wrong, orchestratorv1.RunMode_RUN_MODE_FULL)
	require.NotEqual(t, right, s.content(t, extract.February))

	done := s.rolledBack(t, extract.February, 0)

	require.Equal(t, right, s.content(t, extract.February), "row by row")
	require.False(t, done.GetBackfill())
	require.Empty(t, done.GetSource())
	require.Equal(t, back, done.GetSupersedeReason())
	require.EqualValues(t, 3, restatedOf(done, "users_snapshots").GetRevision())
	require.EqualValues(t, 1, restatedOf(done, "users_snapshots").GetRestores())
	for _, revision := range s.revisions(t, extract.February) {
		require.EqualValues(t, 3, revision)
	}
	for _, revision := range s.revisions(t, extract.January) {
		require.EqualValues(t, 1, revision)
	}
	require.Equal(t, "restore", strings.ToLower(strings.TrimPrefix(done.GetSteps()[0].GetKind().String(), "STEP_KIND_")))
	again := s.rollback(t, extract.February, 0)
	require.Equal(t, "ROLLBACK_REFUSED", again.GetReason(), again.GetMessage())
	require.Equal(t, right, s.content(t, extract.February), "a second one does not bring the correction back")
	page := s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+"/runs/"+done.GetId(), "", nil)
	require.Contains(t, page.body, back)
	require.Contains(t, page.body, "Rolled back")
	revisions := s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+"/datasets/streamflow/revisions", "", nil)
	require.Contains(t, revisions.body, "rollback of 2 to 1: "+back)
}

// What was published last is the batch of what is current: the files that were rolled back
// differ, and those that are current again are unchanged.
func TestFilesAfterARollback(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Months(t)
	wrong := withStrangers(t, january, 2)
	s.succeed(t, extract.January, january)
	s.supersede(t, extract.January, wrong, orchestratorv1.RunMode_RUN_MODE_FULL)
	s.rolledBack(t, extract.January, 1)

	restored := s.succeed(t, extract.January, january)
	require.True(t, restored.GetUnchanged(), "the files whose content is current again: %v", restored.GetSteps())
	undone := s.run(t, extract.January, wrong)
	require.Equal(t, "SNAPSHOT_DIFFERS", undone.GetReason(), "the files that were rolled back: %s", undone.GetMessage())

	s.supersede(t, extract.January, wrong, orchestratorv1.RunMode_RUN_MODE_FULL)
	for _, revision := range s.revisions(t, extract.January) {
		require.EqualValues(t, 4, revision, "delivered as a correction, they are one again")
	}
	require.True(t, s.succeed(t, extract.January, wrong).GetUnchanged())
}

// A date that live has passed is rolled back in history alone, and its files are known by
// what is current as well.
func TestAnOlderMonthIsRolledBackInHistoryAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	wrong := extract.Copy(t, january)
	extract.SetField(t, wrong, "payments_agg_90d.csv", 3, "failed_payments_90d", "77")
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	right := s.content(t, extract.January)
	s.supersede(t, extract.January, wrong, orchestratorv1.RunMode_RUN_MODE_FULL)

	done := s.rolledBack(t, extract.January, 0)

	require.True(t, done.GetBackfill())
	require.Equal(t, right, s.content(t, extract.January), "live holds February as before")
	require.EqualValues(t, 3, s.revisions(t, extract.January)["payments_agg_90d_snapshots"])
	require.EqualValues(t, 1, s.revisions(t, extract.January)["labels_snapshots"], "what did not differ keeps its revision")
	require.True(t, s.succeed(t, extract.January, january).GetUnchanged())
	require.Equal(t, "SNAPSHOT_DIFFERS", s.run(t, extract.January, wrong).GetReason())
}

// Where the snapshots do not carry every column of the live tables, live stays as it is, and
// the run says so; files whose rows live does not hold are not called unchanged.
func TestLiveStaysWhereSnapshotsLackColumns(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := builtin.Streamflow()
	for _, snap := range d.GetSnapshots() {
		if snap.GetName() == "subscriptions_snapshots" {
			snap.Columns = []string{"net_service"}
		}
	}
	d.TrainingSets = nil
	s.apply(t, d)
	january, _ := extract.Months(t)
	wrong := withStrangers(t, january, 2)
	s.succeed(t, extract.January, january)
	s.supersede(t, extract.January, wrong, orchestratorv1.RunMode_RUN_MODE_FULL)
	live := s.rows(t, "select * from subscriptions order by 1")

	done := s.rolledBack(t, extract.January, 0)

	require.True(t, done.GetBackfill())
	require.Equal(t, live, s.rows(t, "select * from subscriptions order by 1"))
	require.Equal(t, []string{"7043"}, s.rows(t, "select count(*) from users_snapshots"))
	said := ""
	for _, f := range done.GetFindings() {
		said += f.GetReason() + ": " + f.GetMessage() + "\n"
	}
	require.Contains(t, said, "HISTORY_ALONE: live stays as it is, where it holds 2024-01-31: the snapshots do not carry every column of the live tables: subscriptions without ")
	again := s.supersede(t, extract.January, january, orchestratorv1.RunMode_RUN_MODE_FULL)
	require.False(t, again.GetUnchanged(), "live does not hold them")
	require.Equal(t, []string{"0|7043"}, s.rows(t, "select count(*) filter (where user_id like 'stranger%'), count(*) from subscriptions"), "and now it does")
	require.True(t, s.succeed(t, extract.January, january).GetUnchanged())
}

// What quality finds in an earlier revision is told, and stops nothing.
func TestARollbackIsNotStoppedByExpectations(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.supersede(t, extract.January, withStrangers(t, january, 1), orchestratorv1.RunMode_RUN_MODE_FULL)
	d := builtin.Streamflow()
	for _, table := range d.GetTables() {
		for _, e := range table.GetExpectations() {
			if e.GetType() == "expect_table_row_count_to_be_between" {
				e.Kwargs.Fields["min_value"], e.Kwargs.Fields["max_value"] = structpb.NewNumberValue(7044), structpb.NewNumberValue(7044)
			}
		}
	}
	s.apply(t, d)

	done := s.rolledBack(t, extract.January, 0)

	require.NotEmpty(t, done.GetFindings())
	for _, f := range done.GetFindings() {
		require.NotEqual(t, "SEVERITY_CRITICAL", f.GetSeverity().String(), f.GetMessage())
	}
	require.Contains(t, done.GetFindings()[0].GetReason(), "EXPECTATIONS_FAILED")
	got, err := s.snapshot.ListRevisions(t.Context(), &snapshotv1.ListRevisionsRequest{Dataset: "streamflow", Snapshot: "users_snapshots"})
	require.NoError(t, err)
	require.EqualValues(t, 1, got.GetRevisions()[0].GetRestores())
}

// A dataset of increments, of which one table has no snapshot: its history goes back, what is
// judged is what it keeps, and live stays.
func TestAHistoryOfIncrementsIsRolledBack(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, gym)
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,gold,\n2,silver,\n", "1,2\n", whole))
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,silver,\n2,silver,\n", "1,2\n", both))
	require.Equal(t, "1silver 2silver", s.members(t, "2024-01-31"))

	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "gym", AsOf: "2024-01-31", Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, RequestedBy: "e2e", Reason: back,
	})
	require.NoError(t, err)
	done := s.wait(t, r.GetRun().GetId())

	requireSucceeded(t, done)
	require.Len(t, foundOf(done, "HISTORY_ALONE"), 1)
	require.Equal(t, "1gold 2silver", s.members(t, "2024-01-31"))
	require.Equal(t, []string{"1|silver", "2|silver"}, s.rows(t, "select id, plan from members order by 1"))
}

// A rollback past the moment at which a snapshot was added would leave a date of two deliveries:
// it is refused, or accepted by somebody, and the restored tables say what they are.
func TestARollbackPastASnapshotThatWasAdded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Months(t)
	d := builtin.Streamflow()
	d.TrainingSets = nil
	i := slices.IndexFunc(d.GetSnapshots(), func(snap *datasetv1.Snapshot) bool { return snap.GetName() == "labels_snapshots" })
	added := d.GetSnapshots()[i]
	d.Snapshots = slices.Delete(d.GetSnapshots(), i, i+1)
	s.apply(t, d)
	s.succeed(t, extract.January, january)
	d.Snapshots = append(d.Snapshots, added)
	s.apply(t, d)
	s.supersede(t, extract.January, withStrangers(t, january, 2), orchestratorv1.RunMode_RUN_MODE_FULL)
	before := s.content(t, extract.January)

	stopped := s.rollback(t, extract.January, 0)

	require.Equal(t, "ROLLBACK_MIXED", stopped.GetReason(), stopped.GetMessage())
	require.Equal(t, before, s.content(t, extract.January))
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.January, Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, RequestedBy: "e2e", Reason: back, AcceptFrom: stopped.GetId(),
	})
	require.NoError(t, err)
	requireSucceeded(t, s.wait(t, r.GetRun().GetId()))
	now, err := s.snapshot.Restore(t.Context(), &snapshotv1.RestoreRequest{Dataset: "streamflow", AsOf: extract.January, Into: "back", RequestedBy: "e2e", Declaration: d})
	require.NoError(t, err)
	require.Equal(t, []string{added.GetName()}, now.GetLeftBehind())
}
