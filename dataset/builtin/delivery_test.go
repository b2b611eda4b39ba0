package builtin_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/sample"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// The expectations of the built-in dataset hold for the data it is made for: the
// real months, where they are at hand, and whatever the generator writes. The
// judge here is a few lines in memory, apart from the quality service's SQL.

func TestRealMonthsMeetTheExpectations(t *testing.T) {
	t.Parallel()
	root := datatest.Folder(t, datatest.Real)
	for _, month := range []string{"month_000", "month_001"} {
		requireMet(t, filepath.Join(root, month))
	}
}

func TestGeneratedMonthsMeetTheExpectations(t *testing.T) {
	t.Parallel()
	tests := map[string]sample.Options{
		"as the real ones":   {},
		"people come and go": {Months: 4, Users: 2000, Departed: 100, Joined: 150, Seed: 7},
		"one user":           {Months: 2, Users: 1, Seed: 3},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			months, err := sample.Write(t.TempDir(), options)
			require.NoError(t, err)
			for _, month := range months {
				requireMet(t, month.Dir)
			}
		})
	}
}

func TestJudgeSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	months, err := sample.Write(t.TempDir(), sample.Options{Months: 1, Users: 100})
	require.NoError(t, err)
	path := filepath.Join(months[0].Dir, "labels.csv")
	require.NoError(t, os.WriteFile(path, []byte("user_id,churn_label\n"), 0o600))

	require.Equal(t, []string{
		"users expect_column_values_to_be_in_other_table",
		"labels expect_table_row_count_to_be_between",
	}, unmet(t, months[0].Dir))
}

func requireMet(t *testing.T, dir string) {
	t.Helper()
	require.Empty(t, unmet(t, dir), dir)
}

// unmet lists the expectations that a month's files do not meet, of any severity.
func unmet(t *testing.T, dir string) []string {
	t.Helper()
	d := builtin.Streamflow()
	delivered := map[string]delivery{}
	for _, table := range d.GetTables() {
		delivered[table.GetName()] = read(t, filepath.Join(dir, dataset.File(table)))
	}
	var broken []string
	for _, table := range d.GetTables() {
		requireHeader(t, table, delivered[table.GetName()])
		for _, e := range table.GetExpectations() {
			args, err := expectation.Decode(e)
			require.NoError(t, err)
			if !met(t, table, e.GetType(), args, delivered) {
				broken = append(broken, table.GetName()+" "+e.GetType())
			}
		}
	}
	return broken
}

// delivery is a file's columns by name.
type delivery struct {
	header  []string
	columns map[string][]string
	rows    int64
}

func read(t *testing.T, path string) delivery {
	t.Helper()
	file, err := os.Open(path) // a file of the test's own
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	records, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	got := delivery{header: records[0], columns: map[string][]string{}, rows: int64(len(records) - 1)}
	for i, name := range got.header {
		for _, record := range records[1:] {
			got.columns[name] = append(got.columns[name], record[i])
		}
	}
	return got
}

// requireHeader compares the file's header with the table, optional columns aside.
func requireHeader(t *testing.T, table *datasetv1.Table, got delivery) {
	t.Helper()
	var want []string
	for _, column := range table.GetColumns() {
		if !column.GetOptional() {
			want = append(want, column.GetName())
		}
	}
	require.Equal(t, want, got.header, table.GetName())
}

func met(t *testing.T, table *datasetv1.Table, kind string, args expectation.Args, delivered map[string]delivery) bool {
	t.Helper()
	this := delivered[table.GetName()]
	values := slices.DeleteFunc(slices.Clone(this.columns[args.Column]), func(v string) bool { return v == "" })
	switch kind {
	case expectation.TableColumnsToMatchSet:
		return matchesSet(table, this.header, args)
	case expectation.TableRowCountToBeBetween:
		return this.rows >= *args.MinRows && args.MaxRows == nil
	case expectation.ColumnValuesToNotBeNull:
		return int64(len(values)) == this.rows
	case expectation.ColumnValuesToBeUnique:
		slices.Sort(values)
		return len(slices.Compact(slices.Clone(values))) == len(values)
	case expectation.ColumnValuesToBeInSet:
		return all(values, func(v string) bool {
			return slices.Contains(args.ValueSet, expectation.Value{Kind: expectation.TextValue, Text: v})
		})
	case expectation.ColumnValuesToBeBetween:
		return all(values, func(v string) bool { return within(t, v, args) })
	case expectation.ColumnValuesToBeInOtherTable:
		known := map[string]bool{}
		for _, value := range delivered[args.OtherTable].columns[args.OtherColumn] {
			known[value] = true
		}
		return all(values, func(v string) bool { return known[v] })
	}
	require.Fail(t, "a kind that this test does not know", kind)
	return false
}

func matchesSet(table *datasetv1.Table, header []string, args expectation.Args) bool {
	got := slices.Clone(header)
	for _, column := range table.GetColumns() {
		if column.GetOptional() && !slices.Contains(got, column.GetName()) {
			got = append(got, column.GetName())
		}
	}
	slices.Sort(got)
	return slices.Equal(got, slices.Sorted(slices.Values(args.ColumnSet)))
}

func within(t *testing.T, value string, args expectation.Args) bool {
	t.Helper()
	number := func(text string) float64 {
		f, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		return f
	}
	return (args.MinValue == nil || number(value) >= number(args.MinValue.Text)) &&
		(args.MaxValue == nil || number(value) <= number(args.MaxValue.Text))
}

func all(values []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !holds(v) })
}
