package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/extract"
)

const why = "the extract was made before the books were closed"

// supersede takes a corrected month through the suite.
func (s *suite) supersede(t *testing.T, asOf, dir string, mode orchestratorv1.RunMode) *orchestratorv1.Run {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: asOf, Source: dir, Mode: mode, RequestedBy: "e2e", Supersede: true, Reason: why,
	})
	require.NoError(t, err)
	run := s.wait(t, r.GetRun().GetId())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), "%s: %s\n%v", run.GetReason(), run.GetMessage(), run.GetFindings())
	return run
}

// revisions are the current revision of every snapshot of an as_of.
func (s *suite) revisions(t *testing.T, asOf string) map[string]int32 {
	t.Helper()
	got, err := s.snapshot.GetSnapshot(t.Context(), &snapshotv1.GetSnapshotRequest{Dataset: "streamflow", AsOf: asOf})
	require.NoError(t, err)
	all := map[string]int32{}
	for _, snap := range got.GetSnapshots() {
		all[snap.GetSnapshot()] = snap.GetRevision()
	}
	return all
}

// withStrangers adds users to every file that nobody else ever delivered.
func withStrangers(t *testing.T, month string, n int) string {
	t.Helper()
	dir := extract.Copy(t, month)
	for _, file := range []string{"users.csv", "subscriptions.csv", "usage_agg_30d.csv", "payments_agg_90d.csv", "support_agg_90d.csv", "labels.csv"} {
		extract.Edit(t, dir, file, func(lines []string) []string {
			for i := range n {
				_, rest, _ := strings.Cut(lines[1], ",")
				lines = append(lines, fmt.Sprintf("stranger-%d,%s", i, rest))
			}
			return lines
		})
	}
	return dir
}

// A month that was delivered wrong is refused until it is said to be a correction; then
// the plan says what history becomes, and live and history are those of the right files.
func TestAMonthIsCorrected(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	wrong := withStrangers(t, february, 3)
	extract.SetField(t, wrong, "labels.csv", 2, "churn_label", "True")
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, wrong)
	_, err := s.db.Exec(t.Context(), "create view public.churners as select user_id from labels_snapshots where churn_label; create materialized view public.fees as select * from subscriptions_profile_snapshots")
	require.NoError(t, err)
	oids := s.rows(t, "select c.oid, c.relname, c.relacl::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname in ('public', 'sf_history') and relname !~ 'kept' order by 1")

	refused := s.run(t, extract.February, february)
	require.Equal(t, "SNAPSHOT_DIFFERS", refused.GetReason())
	require.True(t, slices.ContainsFunc(refused.GetFindings(), func(f *stepv1.Finding) bool {
		return f.GetReason() == refused.GetReason() && strings.Contains(f.GetAction(), "--supersede --reason")
	}))
	planned := s.supersede(t, extract.February, february, orchestratorv1.RunMode_RUN_MODE_PLAN)
	require.EqualValues(t, 1, s.revisions(t, extract.February)["labels_snapshots"], "a plan changes nothing")
	done := s.supersede(t, extract.February, february, orchestratorv1.RunMode_RUN_MODE_FULL)

	require.Len(t, done.GetRestated(), len(planned.GetRestated()))
	for i, r := range done.GetRestated() {
		require.Equal(t, planned.GetRestated()[i].String(), r.String(), "the plan said it")
		require.EqualValues(t, 3, r.GetRemoved())
		require.Zero(t, r.GetAdded())
	}
	require.Empty(t, restatedOf(done, "usage_agg_30d_snapshots").GetColumns())
	require.LessOrEqual(t, restatedOf(done, "labels_snapshots").GetChanged(), int64(1))
	for _, revision := range s.revisions(t, extract.February) {
		require.EqualValues(t, 2, revision)
	}
	for _, revision := range s.revisions(t, extract.January) {
		require.EqualValues(t, 1, revision)
	}
	for _, table := range liveTables {
		require.Equal(t, []string{"0|7043"}, s.rows(t, "select count(*) filter (where user_id like 'stranger%'), count(*) from public."+table), table)
	}
	require.Equal(t, s.rows(t, "select count(*) from labels where churn_label"), s.rows(t, "select count(*) from labels_snapshots where as_of = '2024-02-29' and churn_label"))
	require.Equal(t, []string{"0"}, s.rows(t, "select count(*) from churners where user_id like 'stranger%'"))
	require.Equal(t, oids, s.rows(t, "select c.oid, c.relname, c.relacl::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname in ('public', 'sf_history') and relname !~ 'kept' order by 1"),
		"tables, partitions, views, indexes and grants are those that they were")
	require.Equal(t, []string{"1|7046", "2|7043"}, s.rows(t, "select revision, count(*) from labels_snapshots_revisions where as_of = '2024-02-29' group by 1 order by 1"))
	again := s.supersede(t, extract.February, february, orchestratorv1.RunMode_RUN_MODE_FULL)
	require.True(t, again.GetUnchanged(), "the same files again")
	page := s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+"/runs/"+done.GetId(), "", nil)
	require.Contains(t, page.body, why)
	require.Contains(t, page.body, "stranger-0")
	for path, want := range map[string]string{
		"/v1/datasets/streamflow/restatements":                           `"reason":"` + why + `"`,
		"/v1/datasets/streamflow/revisions?as_of=2024-02-29&page_size=1": `"relation":`,
		"/datasets/streamflow/restatements":                              why,
		"/datasets/streamflow/revisions":                                 "labels_snapshots__2024_02_29__r1__kept",
	} {
		got := s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+path, "", nil)
		require.Equal(t, http.StatusOK, got.code, got.body)
		require.Contains(t, strings.ReplaceAll(got.body, `": "`, `":"`), want, path)
	}
}

func restatedOf(r *orchestratorv1.Run, snapshot string) *stepv1.RestatedSnapshot {
	for _, s := range r.GetRestated() {
		if s.GetSnapshot() == snapshot {
			return s
		}
	}
	return nil
}

// A month that live has passed is corrected in history alone.
func TestAnOlderMonthIsCorrectedInHistoryAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	wrong := extract.Copy(t, january)
	extract.SetField(t, wrong, "payments_agg_90d.csv", 3, "failed_payments_90d", "77")
	s.succeed(t, extract.January, wrong)
	s.succeed(t, extract.February, february)
	live := s.rows(t, "select * from payments_agg_90d order by 1")

	done := s.supersede(t, extract.January, january, orchestratorv1.RunMode_RUN_MODE_FULL)

	require.True(t, done.GetBackfill())
	require.Equal(t, live, s.rows(t, "select * from payments_agg_90d order by 1"))
	for snapshot, revision := range s.revisions(t, extract.January) {
		want := int32(1) // the others keep theirs
		if snapshot == "payments_agg_90d_snapshots" {
			want = 2
		}
		require.Equal(t, want, revision, snapshot)
	}
	require.Len(t, done.GetRestated(), 1)
	require.EqualValues(t, 1, done.GetRestated()[0].GetChanged())
	require.Equal(t, []string{"0"}, s.rows(t, "select count(*) from payments_agg_90d_snapshots where failed_payments_90d = 77"))
}
