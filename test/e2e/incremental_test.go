package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// gym delivers its members as what changed, and its visits whole.
const gym = `
name: gym
calendar: {period: month_end}
stale: note
history: {keep: 12}
tables:
  - name: members
    key: [id]
    extract: incremental
    deleted_when: {column: op, value: D}
    departed_keys: delete
    columns: [{name: id, type: integer}, {name: plan, type: text}, {name: op, type: char(1)}]
    expectations:
      - {type: expect_column_values_to_be_in_set, kwargs: {column: plan, value_set: [gold, silver]}}
  - name: visits
    key: [no]
    departed_limit: 1
    departed_keys: delete
    columns: [{name: no, type: integer}, {name: member, type: integer}]
    references: [{columns: [member], table: members}]
snapshots:
  - {name: plans, from: members, columns: [plan]}
  - {name: members_snapshots, from: members}
`

// at takes a delivery of the gym through the suite.
func (s *suite) gym(t *testing.T, asOf string, members, visits string, also func(*orchestratorv1.StartRunRequest)) *orchestratorv1.Run {
	t.Helper()
	dir := t.TempDir()
	for file, rows := range map[string]string{"members.csv": "id,plan,op\n" + members, "visits.csv": "no,member\n" + visits} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(rows), 0o600))
	}
	req := &orchestratorv1.StartRunRequest{Dataset: "gym", AsOf: asOf, Source: dir, RequestedBy: "e2e"}
	if also != nil {
		also(req)
	}
	r, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func whole(r *orchestratorv1.StartRunRequest) { r.FullExtract = true }

func correct(r *orchestratorv1.StartRunRequest) { r.Supersede, r.Reason = true, why }

func both(r *orchestratorv1.StartRunRequest) { whole(r); correct(r) }

// members are the rows of the members as of a date.
func (s *suite) members(t *testing.T, asOf string) string {
	t.Helper()
	return strings.Join(s.rows(t, "select id || plan from members_snapshots where as_of = $1::text::date order by id", asOf), " ")
}

// Extracts that bring only what changed: each month is the one before with what it
// delivers, in live and in history; a month that is corrected shows in those after it once
// they are delivered again.
func TestExtractsThatBringOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, gym)

	first := s.gym(t, "2024-01-31", "1,gold,I\n2,gold,I\n3,silver,I\n", "", nil)
	require.Equal(t, string(problem.BaseMissing), first.GetReason(), "there is nothing to lay it over")
	require.Contains(t, first.GetFindings()[0].GetAction(), "--full-extract")
	requireSucceeded(t, s.gym(t, "2024-01-31", "1,gold,I\n2,gold,I\n3,silver,I\n", "7,1\n8,3\n", whole))
	orphaned := s.gym(t, "2024-02-29", "3,silver,D\n", "7,1\n8,3\n", nil)
	require.Equal(t, string(problem.OrphanedRows), orphaned.GetReason(), "who is deleted is nobody's parent")
	wrong := s.gym(t, "2024-02-29", "2,bronze,U\n", "7,1\n", nil)
	require.Equal(t, string(problem.ExpectationsFailed), wrong.GetReason())
	at := wrong.GetFindings()[slices.IndexFunc(wrong.GetFindings(), failed)].GetRows()[0]
	require.EqualValues(t, 2, at.GetLine())
	require.Equal(t, "members.csv", at.GetFile())

	february := s.gym(t, "2024-02-29", "2,silver,U\n3,silver,D\n4,gold,I\n9,gold,D\n", "7,1\n9,4\n", nil)
	requireSucceeded(t, february)
	require.Contains(t, february.GetSteps()[0].GetSummary(), "members: 4 rows over members_snapshots as of 2024-01-31, 1 new, 1 in place of others, 1 deleted")
	require.Equal(t, []string{"INFO DELETES_UNKNOWN members.csv: expected deletes of keys that members_snapshots as of 2024-01-31 has, found 1 row that deletes a key which it does not have"}, notes(february, problem.DeletesUnknown))
	march := s.gym(t, "2024-03-31", "5,gold,I\n", "7,1\n", nil)
	requireSucceeded(t, march)
	require.Empty(t, notes(march, problem.BaseOlder))

	require.Equal(t, "1gold 2gold 3silver", s.members(t, "2024-01-31"))
	require.Equal(t, "1gold 2silver 4gold", s.members(t, "2024-02-29"))
	require.Equal(t, "1gold 2silver 4gold 5gold", s.members(t, "2024-03-31"))
	require.Equal(t, []string{"1|gold|I", "2|silver|U", "4|gold|I", "5|gold|I"}, s.rows(t, "select * from members order by id"))
	require.True(t, s.gym(t, "2024-03-31", "5,gold,I\n", "7,1\n", nil).GetUnchanged(), "the same files over the same base")

	requireSucceeded(t, s.gym(t, "2024-01-31", "1,silver,I\n2,gold,I\n3,silver,I\n", "", both))
	require.Equal(t, "1silver 2gold 3silver", s.members(t, "2024-01-31"))
	require.Equal(t, "1gold 2silver 4gold", s.members(t, "2024-02-29"), "it stands on what January was")
	differs := s.gym(t, "2024-02-29", "2,silver,U\n3,silver,D\n4,gold,I\n9,gold,D\n", "7,1\n9,4\n", nil)
	require.Equal(t, string(problem.SnapshotDiffers), differs.GetReason(), "the same files are not unchanged over another January")
	requireSucceeded(t, s.gym(t, "2024-02-29", "2,silver,U\n3,silver,D\n4,gold,I\n9,gold,D\n", "7,1\n9,4\n", correct))
	requireSucceeded(t, s.gym(t, "2024-03-31", "5,gold,I\n", "7,1\n", correct))
	require.Equal(t, "1silver 2silver 4gold", s.members(t, "2024-02-29"))
	require.Equal(t, "1silver 2silver 4gold 5gold", s.members(t, "2024-03-31"))
	require.Equal(t, []string{"1|silver|I", "2|silver|U", "4|gold|I", "5|gold|I"}, s.rows(t, "select * from members order by id"))

	require.Equal(t, []string{"2024-02-29|members_snapshots|2024-01-31|2|4", "2024-03-31|members_snapshots|2024-02-29|2|1"},
		s.rows(t, `select b.as_of::text, b.base_snapshot, b.base_as_of::text, b.base_revision, d.rows from sf_snapshot.base b join sf_snapshot.catalog c using (dataset, snapshot, as_of, revision)
			join sf_snapshot.delta d using (dataset, snapshot, as_of) where c.current order by 1`))
	require.Equal(t, []string{"2|silver|U", "3|silver|D", "4|gold|I", "9|gold|D"},
		s.rows(t, "select id, plan, op from sf_history.members_snapshots__2024_02_29__delta order by 1"), "what was delivered is kept")
	require.Equal(t, []string{"1", "2"}, s.rows(t, "select distinct revision from members_snapshots_revisions order by 1"), "and is no revision")
}

// A whole table may hold the rows that say that they are deleted: they are in neither live
// nor history, as if the extract had brought what changed.
func TestAWholeTableWithRowsThatAreDeleted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, gym)

	planned := s.gym(t, "2024-01-31", "1,gold,I\n2,gold,D\n3,silver,I\n", "7,1\n", func(r *orchestratorv1.StartRunRequest) { r.FullExtract, r.Mode = true, dry })
	january := s.gym(t, "2024-01-31", "1,gold,I\n2,gold,D\n3,silver,I\n", "7,1\n", whole)
	february := s.gym(t, "2024-02-29", "2,gold,I\n", "7,1\n8,2\n", nil)
	orphaned := s.gym(t, "2024-03-31", "1,gold,I\n2,gold,D\n", "7,2\n", whole)

	for _, r := range []*orchestratorv1.Run{planned, january, february} {
		requireSucceeded(t, r)
	}
	for _, r := range []*orchestratorv1.Run{planned, january} {
		require.Equal(t, []string{`INFO DELETES_LEFT_OUT members.csv: 1 row with op = "D", which says that the row is deleted: left out`}, notes(r, problem.DeletesLeftOut))
		require.Equal(t, "3 rows of 2 tables", r.GetSteps()[0].GetSummary())
	}
	require.Equal(t, "1gold 3silver", s.members(t, "2024-01-31"))
	require.Equal(t, "1gold 2gold 3silver", s.members(t, "2024-02-29"))
	var under []*stepv1.Finding
	for _, f := range orphaned.GetFindings() {
		under = append(under, f.GetFollows()...)
	}
	require.Len(t, notes(&orchestratorv1.Run{Findings: under}, problem.OrphanedRows), 1, "who is deleted is nobody's parent")
	require.True(t, s.gym(t, "2024-01-31", "1,gold,I\n2,gold,D\n3,silver,I\n", "7,1\n", whole).GetUnchanged())
}

func failed(f *stepv1.Finding) bool { return f.GetReason() == string(problem.ExpectationsFailed) }

// notes are the findings of a reason, as text.
func notes(r *orchestratorv1.Run, reason problem.Reason) []string {
	var said []string
	for _, f := range r.GetFindings() {
		if f.GetReason() == string(reason) {
			said = append(said, strings.TrimPrefix(f.GetSeverity().String(), "SEVERITY_")+" "+f.GetReason()+" "+f.GetMessage())
		}
	}
	return said
}
