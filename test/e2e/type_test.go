package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// takes runs a dataset's delivery, whose files are given by name, in a mode.
func (s *suite) takes(t *testing.T, of, asOf string, mode orchestratorv1.RunMode, files map[string]string) *orchestratorv1.Run {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: of, AsOf: asOf, Source: dir, Mode: mode, RequestId: ident.New(ident.Request), RequestedBy: "e2e",
	})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

const full, plan = orchestratorv1.RunMode_RUN_MODE_FULL, orchestratorv1.RunMode_RUN_MODE_PLAN

// readTypes reads the dataset of every type, in which each type that may stand in a key
// is part of one, and of a reference to it.
func readTypes(t *testing.T, s *suite) {
	t.Helper()
	text, err := os.ReadFile("testdata/types.yaml")
	require.NoError(t, err)
	d, mistakes := dataset.Read("types.yaml", text)
	require.NoError(t, mistakes.Err())
	declared := map[dataset.TypeName]bool{}
	for _, table := range d.GetTables() {
		for _, c := range table.GetColumns() {
			typ, err := dataset.ParseType(c.GetType())
			require.NoError(t, err)
			declared[typ.Name] = true
		}
	}
	for _, name := range dataset.TypeNames() {
		require.True(t, declared[name], "testdata/types.yaml has no column of type %s", name)
	}
	s.apply(t, d)
}

func typesFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "types", name))
	require.NoError(t, err)
	return string(text)
}

// Every type goes the whole way: staged, judged, in keys and references, compared with
// what is live, published in place, stamped, and recognised when it is delivered again
// in other words.
func TestEveryTypeGoesTheWholeWay(t *testing.T) {
	t.Parallel()
	s := setup(t)
	readTypes(t, s)
	child := typesFile(t, "child.csv")

	r := s.takes(t, "types", extract.January, full, map[string]string{"parent.csv": typesFile(t, "january.csv"), "child.csv": child})

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s: %s\n%v", r.GetReason(), r.GetMessage(), r.GetFindings())
	require.Equal(t, []string{
		`k|v1|c|1|2|3|4.5|6.70|t|2024-01-31|2024-01-31 12:34:56.5|2024-01-31 11:00:00|3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93|0.1|0.25|{"a": [1, 2.50], "b": "1.50"}`,
		`k2|v2|d|-1|-2|-3|-4|-6.00|f|0001-01-01|9999-12-31 23:59:59.999999|2024-07-01 10:00:00|00000000-0000-0000-0000-000000000000|<null>|<null>|null`,
	}, s.rows(t, `select k_text, k_varchar, k_char::text, k_smallint, k_integer, k_bigint, k_numeric, k_money, k_boolean, k_date, k_timestamp,
		k_moment at time zone 'UTC', k_uuid, a_real, a_double, a_json from types_parent order by k_text collate "C"`))
	require.Equal(t, []string{"2|1"}, s.rows(t, "select count(*), count(*) filter (where note is null) from types_child"))

	stamped := s.hash(t, extract.January)
	require.Len(t, stamped, 2)
	again := s.takes(t, "types", extract.January, full, map[string]string{"parent.csv": typesFile(t, "january_again.csv"), "child.csv": child})
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, again.GetState(), "%s: %s\n%v", again.GetReason(), again.GetMessage(), again.GetFindings())
	require.Equal(t, "2 rows, 0 inserted, 0 updated, 2 unchanged, 0 departed", counts(again, orchestratorv1.StepKind_STEP_KIND_PUBLISH)["types_parent"],
		"the same values, written otherwise")
	require.Equal(t, stamped, s.hash(t, extract.January), "and stamped as they were")
}

// hash returns the content hashes of the dataset's snapshots by name.
func (s *suite) hash(t *testing.T, asOf string) map[string]string {
	t.Helper()
	got, err := s.snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "types", PageSize: 100})
	require.NoError(t, err)
	hashes := map[string]string{}
	for _, one := range got.GetSnapshots() {
		if one.GetAsOf() == asOf {
			hashes[one.GetSnapshot()] = one.GetContentHash()
		}
	}
	return hashes
}

// A month in which each column that is no key has changed is planned column by column,
// and published in place.
func TestChangesOfEveryTypeArePlannedAndPublished(t *testing.T) {
	t.Parallel()
	s := setup(t)
	readTypes(t, s)
	child, january, february := typesFile(t, "child.csv"), typesFile(t, "january.csv"), typesFile(t, "february.csv")
	first := s.takes(t, "types", extract.January, full, map[string]string{"parent.csv": january, "child.csv": child})
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, first.GetState(), "%s: %s", first.GetReason(), first.GetMessage())

	planned := s.takes(t, "types", extract.February, plan, map[string]string{"parent.csv": february, "child.csv": child})

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, planned.GetState(), "%s: %s", planned.GetReason(), planned.GetMessage())
	changed := map[string]int64{}
	for _, step := range planned.GetSteps() {
		for _, table := range step.GetCounts() {
			for _, column := range table.GetColumns() {
				changed[column.GetColumn()] = column.GetUpdated()
			}
		}
	}
	for _, name := range strings.Split("a_text a_varchar a_char a_smallint a_integer a_bigint a_numeric a_money a_boolean a_date a_timestamp a_moment a_uuid a_real a_double a_json", " ") {
		require.EqualValues(t, 1, changed[name], name)
	}

	second := s.takes(t, "types", extract.February, full, map[string]string{"parent.csv": february, "child.csv": child})
	require.Equal(t, "2 rows, 0 inserted, 1 updated, 1 unchanged, 0 departed", counts(second, orchestratorv1.StepKind_STEP_KIND_PUBLISH)["types_parent"])
	require.Equal(t, []string{"2"}, s.rows(t, "select count(distinct a_json) from types_parent_snapshots where k_text = 'k'"))
}

// A key of every type departs once, and is known in the ledger from then on.
func TestAKeyOfEveryTypeDeparts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	readTypes(t, s)
	both, childOfBoth := typesFile(t, "january.csv"), typesFile(t, "child.csv")
	cut := func(text string) string { return strings.Join(strings.SplitAfter(text, "\n")[:2], "") }
	for _, month := range []struct{ asOf, parent, child, want string }{
		{extract.January, both, childOfBoth, "2 rows, 2 inserted, 0 updated, 0 unchanged, 0 departed"},
		{extract.February, cut(typesFile(t, "february.csv")), cut(childOfBoth), "1 rows, 0 inserted, 1 updated, 0 unchanged, 1 departed"},
		{"2024-03-31", cut(both), cut(childOfBoth), "1 rows, 0 inserted, 1 updated, 0 unchanged, 0 departed"},
	} {
		r := s.takes(t, "types", month.asOf, full, map[string]string{"parent.csv": month.parent, "child.csv": month.child})
		require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s: %s\n%v", r.GetReason(), r.GetMessage(), r.GetFindings())
		require.Equal(t, month.want, counts(r, orchestratorv1.StepKind_STEP_KIND_PUBLISH)["types_parent"], month.asOf)
	}
}

// What does not fit is named by what was expected and what was found.
func TestValuesOfNoTypeAreNamed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	readTypes(t, s)

	r := s.takes(t, "types", extract.January, full, map[string]string{"parent.csv": typesFile(t, "bad.csv"), "child.csv": typesFile(t, "child.csv")})

	require.Equal(t, "ROWS_REJECTED", r.GetReason())
	var said []string
	for _, f := range r.GetFindings() {
		if f.GetTable() == "types_parent" && f.GetReason() == "ROWS_REJECTED" {
			said = append(said, f.GetMessage())
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{
		`column a_varchar: expected varchar(5): UTF-8 of at most 5 characters without NUL bytes, found 1 value that has more characters than the type holds, the first "abcdef" on line 2`,
		`column a_char: expected char(3): UTF-8 of at most 3 characters without NUL bytes, blanks at the end not counted, found 1 value that has more characters`,
		`column a_smallint: expected smallint: a whole number from -32768 to 32767, found 1 value that is out of the type's range, the first "32768"`,
		`column a_timestamp: expected timestamp: YYYY-MM-DD hh:mm:ss, with up to 6 digits of a second behind a point, and no offset, found 1 value that has an offset`,
		`column a_timestamp: expected timestamp: YYYY-MM-DD hh:mm:ss, with up to 6 digits of a second behind a point, and no offset, found 1 value that is a leap second`,
		`without one it is the time of Europe/Berlin, found 1 value that is a time that the clocks of the zone skipped, the first "2024-03-31 02:30:00"`,
		`column a_uuid: expected uuid: 32 hexadecimal digits, in groups of 8-4-4-4-12 or in a row, found 1 value that is not a UUID, the first "3f2b8c1e"`,
		`column a_real: expected real: 0, or a number from 1.4e-45 to 3.4e38 in size, found 1 value that is out of the type's range, the first "1e39"`,
		`column a_json: expected jsonb: JSON (RFC 8259), found 1 value that is not JSON, the first "{'a': 1}"`,
		`column a_json: expected jsonb: JSON (RFC 8259), found 1 value that has an object with the same name twice`,
	} {
		require.Contains(t, all, want)
	}
	require.Equal(t, []string{"<null>"}, s.rows(t, "select to_regclass('types_parent')"), "nothing was published")
}
