package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// suites are of the inn: guests may be in one, and look in the table of them.
const suites = `
name: inn
calendar: {period: month_end}
history: {keep: 36}
tables:
  - name: guests
    departed_limit: 1
    key: [id]
    columns: [{name: id, type: text}, {name: suite, type: integer, optional: true}]
    references: [{columns: [suite], table: suites}]
    expectations: [{type: expect_column_values_to_be_in_other_table, kwargs: {column: suite, other_table: suites, other_column: no}}]
  - name: suites
    departed_limit: 1
%s    key: [no]
    columns: [{name: no, type: integer}]
    expectations: [{type: expect_table_row_count_to_be_between, kwargs: {min_value: 1}}]
snapshots: [{name: guests_snapshots, from: guests}, {name: suites_snapshots, from: suites}]
`

func withSuites(t *testing.T, since string) *datasetv1.Dataset {
	t.Helper()
	d, mistakes := dataset.Read("inn.yaml", fmt.Appendf(nil, suites, since))
	require.NoError(t, mistakes.Err())
	return d
}

// A dataset gains a table, and says since when it is collected: months before that are
// corrected and filled in without it, and nothing of it is stamped of them.
func TestMonthsFromBeforeATableIsCollected(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := withSuites(t, "")
	first.Tables, first.Snapshots = first.Tables[:1], first.Snapshots[:1]
	first.Tables[0].References, first.Tables[0].Expectations = nil, nil
	s.apply(t, first)
	requireSucceeded(t, s.inn(t, "2024-02-29", fully, "guests.csv", "id\na\nb\n"))

	without, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: withSuites(t, ""), RequestedBy: "e2e"})
	require.NoError(t, err)
	require.Len(t, without.GetNotes(), 1)
	require.Contains(t, without.GetNotes()[0], "table suites is new, and 1 date (2024-02-29) is stamped without it")
	require.Contains(t, without.GetNotes()[0], "needs suites.csv, too; a file without rows would stamp that there were none. Where the table was not collected then, declare since: 2024-03-31 for it")
	refused := s.inn(t, "2024-01-31", fully, "guests.csv", "id\na\n")
	require.Equal(t, string(problem.FileMissing), refused.GetReason())

	d := withSuites(t, "    since: 2024-03-31\n")
	s.apply(t, d)
	planned := s.inn(t, "2024-01-31", dry, "guests.csv", "id\na\n")
	january := s.inn(t, "2024-01-31", fully, "guests.csv", "id\na\n")
	march := s.inn(t, "2024-03-31", fully, "guests.csv", "id,suite\na,1\nb,\n", "suites.csv", "no\n1\n")

	for _, r := range []*orchestratorv1.Run{planned, january, march} {
		requireSucceeded(t, r)
	}
	for _, r := range []*orchestratorv1.Run{planned, january} {
		require.Equal(t, []string{"INFO TABLE_NOT_COLLECTED table suites is collected since 2024-03-31: there is nothing of it as of 2024-01-31; what guests says of it is not looked up"},
			notes(r, problem.TableNotCollected))
	}
	require.Empty(t, notes(march, problem.TableNotCollected))
	require.Equal(t, "2 of 2 expectations held; 2 snapshots prepared", march.GetSteps()[1].GetSummary())
	require.True(t, strings.HasPrefix(january.GetSteps()[1].GetSummary(), "0 of 0 expectations held; 1 snapshot prepared"), january.GetSteps()[1].GetSummary())
	require.Equal(t, []string{"2024-03-31 1"}, s.texts(t, "select as_of::text, no from suites_snapshots"))
	require.Equal(t, []string{"2024-01-31 1", "2024-02-29 2", "2024-03-31 2"}, s.texts(t, "select as_of::text, count(*) from guests_snapshots group by 1 order by 1"))
	gaps, err := s.snapshot.ListGaps(t.Context(), &snapshotv1.ListGapsRequest{Dataset: "inn", Declaration: d, DatasetVersion: "v", To: "2024-03-31"})
	require.NoError(t, err)
	require.Empty(t, gaps.GetGaps())
}

// Before all tables no run is begun.
func TestAMonthFromBeforeEveryTable(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := withSuites(t, "    since: 2024-03-31\n")
	d.Tables[0].Since = "2024-02-29"
	s.apply(t, d)

	_, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "inn", AsOf: "2024-01-31", Source: t.TempDir(), RequestedBy: "e2e"})

	require.Equal(t, problem.AsOfOffCalendar, problem.FromError(err).Reason)
	require.ErrorContains(t, err, "the first is collected since 2024-02-29")
}

// sqlOf is the SQL of a thing that is to be mended: what stands behind the last colon.
func sqlOf(v problem.Violation) string {
	return v.Description[strings.LastIndex(v.Description, ": ")+2:]
}

// What a refused version lists can be carried out from top to bottom: a column that goes
// takes the foreign key and the index with it that it is part of, so that these go before.
func TestWhatIsToBeMendedIsInOrder(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, withSuites(t, ""))
	requireSucceeded(t, s.inn(t, "2024-01-31", fully, "guests.csv", "id,suite\na,1\n", "suites.csv", "no\n1\n"))
	_, err := s.person(t).Exec(t.Context(), "create unique index once on public.guests_snapshots (as_of, suite)")
	require.NoError(t, err)
	d := withSuites(t, "")
	d.Tables[0].Columns, d.Tables[0].References, d.Tables[0].Expectations = d.Tables[0].GetColumns()[:1], nil, nil
	apply := func() error {
		_, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "e2e"})
		return err
	}

	refused := problem.FromError(apply())

	require.Equal(t, problem.DatasetRefused, refused.Reason)
	var carried []string
	for _, v := range refused.Violations {
		for _, line := range strings.Split(v.Description, "\n") {
			sql := sqlOf(problem.Violation{Description: line})
			if !strings.HasPrefix(sql, "alter ") && !strings.HasPrefix(sql, "drop ") {
				continue
			}
			carried = append(carried, sql)
			_, err := s.person(t).Exec(t.Context(), sql)
			require.NoError(t, err, "%s, of\n%s", sql, strings.Join(carried, "\n"))
		}
	}
	require.Len(t, carried, 3, "%q", carried)
	require.Equal(t, problem.DatasetRefused, problem.FromError(apply()).Reason, "nothing drops what history was stamped with")
	d.Snapshots[0].Name = "guests_alone"
	require.NoError(t, apply())
}
