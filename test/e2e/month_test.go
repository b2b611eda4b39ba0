package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/extract"
)

const (
	publish = orchestratorv1.StepKind_STEP_KIND_PUBLISH
	stamp   = orchestratorv1.StepKind_STEP_KIND_STAMP
)

func TestTwoMonths(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)

	first := s.succeed(t, extract.January, january)
	users, subscriptions := s.versions(t, "users"), s.versions(t, "subscriptions")
	second := s.succeed(t, extract.February, february)

	for _, table := range liveTables {
		require.Equal(t, []string{"7043"}, s.rows(t, "select count(*) from public."+table), table)
		require.Equal(t, "7043 rows, 7043 inserted, 0 updated, 0 unchanged, 0 departed", counts(first, publish)[table])
	}
	for _, table := range snapshotTables {
		require.Equal(t, []string{extract.January + "|7043", extract.February + "|7043"},
			s.rows(t, "select as_of, count(*) from public."+table+" group by 1 order by 1"), table)
	}
	for _, table := range []string{"users", "subscriptions"} {
		require.Equal(t, "7043 rows, 0 inserted, 0 updated, 7043 unchanged, 0 departed", counts(second, publish)[table])
	}
	require.Equal(t, users, s.versions(t, "users"), "no row of users was written")
	require.Equal(t, subscriptions, s.versions(t, "subscriptions"), "no row of subscriptions was written")
	require.Equal(t, "7043 rows, 0 inserted, 7043 updated, 0 unchanged, 0 departed", counts(second, publish)["usage_agg_30d"])
	require.Empty(t, s.orphans(t))
	requireStale(t, second, "users.csv", "subscriptions.csv")
}

// requireStale requires notices that these files are January's, and of no others.
func requireStale(t *testing.T, r *orchestratorv1.Run, files ...string) {
	t.Helper()
	var stale []string
	for _, f := range r.GetFindings() {
		require.Equal(t, "STALE_EXTRACT", f.GetReason(), "%v", f)
		require.Contains(t, f.GetMessage(), extract.January)
		stale = append(stale, f.GetFile())
	}
	require.ElementsMatch(t, files, stale)
}

func TestEveryValueOfTheSnapshotsIsTheFiles(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)

	d := builtin.Streamflow()
	for asOf, dir := range map[string]string{extract.January: january, extract.February: february} {
		for _, snap := range d.GetSnapshots() {
			var columns []string
			for _, c := range dataset.SnapshotColumns(d, snap) {
				columns = append(columns, c.GetName())
			}
			want := fileRows(t, filepath.Join(dir, snap.GetFrom()+".csv"), columns)
			got := s.rows(t, fmt.Sprintf("select %s from public.%s where as_of = '%s' order by user_id collate \"C\"",
				strings.Join(columns, ", "), snap.GetName(), asOf))
			require.Equal(t, want, got, "%s at %s", snap.GetName(), asOf)
		}
	}
}

// fileRows reads the columns of a CSV as the rows that PostgreSQL must hold.
func fileRows(t *testing.T, file string, columns []string) []string {
	t.Helper()
	f, err := os.Open(filepath.Clean(file))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	records, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	at := map[string]int{}
	for i, name := range records[0] {
		at[name] = i
	}
	text := map[string]string{"": "<null>", "True": "t", "False": "f"}
	byKey := map[string]string{}
	var keys []string
	for _, r := range records[1:] {
		parts := make([]string, len(columns))
		for i, c := range columns {
			parts[i] = "<null>" // an optional column that the file lacks
			if j, ok := at[c]; ok {
				parts[i] = r[j]
			}
			if as, ok := text[parts[i]]; ok {
				parts[i] = as
			}
		}
		keys = append(keys, r[at["user_id"]])
		byKey[r[at["user_id"]]] = strings.Join(parts, "|")
	}
	return inOrder(keys, byKey)
}

func TestPlanColumnsAreNullWhereTheFileIsEmpty(t *testing.T) {
	t.Parallel()
	january := extract.Real(t) // the number of users is theirs
	s := setup(t)
	s.succeed(t, extract.January, january)
	for _, table := range []string{"subscriptions", "subscriptions_profile_snapshots"} {
		require.Equal(t, []string{"1526|1526"},
			s.rows(t, "select count(*) filter (where plan_stream_tv is null), count(*) filter (where plan_stream_movies is null) from public."+table), table)
	}
}

func TestTheSameMonthAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Months(t)
	first := s.succeed(t, extract.January, january)
	before, versions := s.state(t), s.versions(t, "usage_agg_30d")

	second := s.succeed(t, extract.January, january)

	require.NotEqual(t, first.GetId(), second.GetId())
	require.True(t, second.GetUnchanged())
	require.Equal(t, before, s.state(t))
	require.Equal(t, versions, s.versions(t, "usage_agg_30d"))
	for _, table := range liveTables {
		require.Equal(t, "7043 rows, 0 inserted, 0 updated, 7043 unchanged, 0 departed", counts(second, publish)[table])
	}
	r, err := s.snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "streamflow"})
	require.NoError(t, err)
	require.Len(t, r.GetSnapshots(), len(snapshotTables), "one catalog entry per snapshot")
	require.Empty(t, s.orphans(t))
}

func TestFebruaryFirstJanuaryAfter(t *testing.T) {
	t.Parallel()
	january, february := extract.Months(t)
	inOrder, reverse := setup(t), setup(t)
	inOrder.succeed(t, extract.January, january)
	inOrder.succeed(t, extract.February, february)

	reverse.succeed(t, extract.February, february)
	live := reverse.live(t)
	late := reverse.succeed(t, extract.January, january)

	require.True(t, late.GetBackfill())
	require.Equal(t, live, reverse.live(t), "February's live rows stay")
	require.Equal(t, inOrder.state(t), reverse.state(t), "and both snapshots are what they would have been in order")
	require.Equal(t, int64(7043), stepRows(late, stamp))
}

func stepRows(r *orchestratorv1.Run, kind orchestratorv1.StepKind) int64 {
	for _, st := range r.GetSteps() {
		if st.GetKind() == kind && len(st.GetCounts()) > 0 {
			return st.GetCounts()[0].GetRows()
		}
	}
	return -1
}

func TestAnotherDeliveryOfAStampedMonthIsRefusedBeforeLiveChanges(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Months(t)
	s.succeed(t, extract.January, january)
	before := s.state(t)
	other := extract.Copy(t, january)
	extract.SetField(t, other, "payments_agg_90d.csv", 2, "failed_payments_90d", "9")

	r := s.run(t, extract.January, other)

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
	require.Equal(t, "SNAPSHOT_DIFFERS", r.GetReason(), r.GetMessage())
	require.Equal(t, before, s.state(t))
}

// inOrder returns the values by their keys' order in bytes.
func inOrder(keys []string, values map[string]string) []string {
	slices.Sort(keys)
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = values[k]
	}
	return out
}
