package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// sales is a dataset of one table of the given key and columns.
func sales(key, columns string) string {
	return "name: sales\ncalendar: {period: month_end}\ntables:\n  - name: sales\n    key: [" + key + "]\n    columns: [" + columns + "]\n"
}

var (
	soldBefore = sales("sale_id", "{name: sale_id, type: integer}, {name: net, type: integer}, {name: gross, type: integer}")
	soldAfter  = sales("receipt", "{name: receipt, type: integer, renamed_from: sale_id}, "+
		"{name: net, type: integer, renamed_from: gross}, {name: gross, type: integer, renamed_from: net}")
)

// Where columns exchanged their names, a header must be of the time of its as_of as a whole:
// a name that was not there before, or is not any more, tells of which time it is.
func TestAHeaderOfAnotherTimeIsNotReadByItsDate(t *testing.T) {
	t.Parallel()
	const april = "2024-04-30"
	const older, newer = "sale_id,net,gross\n1,10,12\n", "receipt,net,gross\n1,12,10\n"
	h := open(t, soldBefore)
	h.published(february, files{"sales.csv": older})
	h.grow(soldAfter)
	planned := h.stage(march, files{"sales.csv": older})
	_, err := h.expand(false, false)
	require.NoError(t, err)

	for name, tc := range map[string]struct{ asOf, file, want string }{
		"the newer names, of an earlier as_of": {january, newer,
			`sales.csv: expected the names that the columns have at 2024-01-31: sale_id, gross and net, found a name of another time: "receipt"; gross and net may be meant for another column`},
		"the older names, of a later as_of": {april, older,
			`sales.csv: expected the names that the columns have at 2024-04-30: receipt, net and gross, found a name of another time: "sale_id"; net and gross may be meant for another column`},
		"both": {april, "receipt,sale_id,net,gross\n1,1,12,10\n",
			`sales.csv: expected the names that the columns have at 2024-04-30: receipt, net and gross, found names of two times in one header: "receipt", "sale_id", "net" and "gross"; net and gross may be meant for another column`},
	} {
		b := h.stage(tc.asOf, files{"sales.csv": tc.file})
		require.Equal(t, []string{"HEADER_MISMATCH sales"}, reasons(b), name)
		f := findingOf(t, b, problem.HeaderMismatch, "sales")
		require.Equal(t, tc.want, f.GetMessage(), name)
		require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, f.GetSeverity(), name)
		require.Nil(t, b.GetTables()[0].GetCandidate(), name)
	}
	require.Equal(t, []string{"HEADER_MISMATCH sales"}, reasons(planned), "before the run that renames, too")
	old := h.stage(january, files{"sales.csv": older})
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, findingOf(t, old, problem.ColumnsRenamed, "sales").GetSeverity())
	b := h.published(march, files{"sales.csv": newer})
	require.Empty(t, b.GetFindings(), "receipt tells that the file was made after the rename")
	requireCounts(t, b, "sales", &stepv1.TableCounts{Rows: 1, Unchanged: 1})
}

// Where the names alone do not tell, the date does, and the first file that is read so warns.
func TestTheFirstFileAfterAnExchangeWarns(t *testing.T) {
	t.Parallel()
	h := open(t, pairs(ab))
	require.Empty(t, h.published(january, files{"pairs.csv": forAll}).GetFindings())
	h.grow(pairs(ring))
	planned := h.stage(february, files{"pairs.csv": forAll + "3,x,y\n"})
	_, err := h.expand(false, false)
	require.NoError(t, err)

	first := h.published(february, files{"pairs.csv": forAll + "3,x,y\n"})
	second := h.published(march, files{"pairs.csv": forAll + "3,x,y\n4,x,y\n"})

	for _, b := range []*ingestv1.Batch{planned, first} {
		f := findingOf(t, b, problem.ColumnsRenamed, "pairs")
		require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
		require.Equal(t, `pairs.csv: "a" and "b" are read by the meaning of after the rename, and meant another column in files up to 2024-01-31`, f.GetMessage())
		require.Contains(t, f.GetAction(), "the values are swapped: do not publish it")
	}
	require.NotContains(t, reasons(second), "COLUMNS_RENAMED pairs")
}

// A version that declares an exchange no more does not take it back: apply says so, and so
// does the first run of it. Once the ledger knows, nothing more is said.
func TestTheFirstRunWithoutAnExchangeWarns(t *testing.T) {
	t.Parallel()
	const april, may = "2024-04-30", "2024-05-31"
	h := open(t, pairs(ab))
	h.published(january, files{"pairs.csv": forAll})
	h.grow(pairs(ring))
	_, err := h.expand(false, false)
	require.NoError(t, err)
	h.published(february, files{"pairs.csv": forAll + "3,x,y\n"})
	h.published(march, files{"pairs.csv": forAll + "3,x,y\n4,x,y\n"})
	h.grow(pairs(ab))

	first := h.stage(april, files{"pairs.csv": forAll + "3,x,y\n4,x,y\n5,x,y\n"})
	before := h.stage(january, files{"pairs.csv": forAll})
	_, err = h.expand(false, false)
	require.NoError(t, err)
	h.published(april, files{"pairs.csv": forAll + "3,x,y\n4,x,y\n5,x,y\n"})
	second := h.stage(may, files{"pairs.csv": forAll + "3,x,y\n4,x,y\n5,x,y\n6,x,y\n"})

	f := findingOf(t, first, problem.ColumnsRenamed, "pairs")
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
	require.Equal(t, `pairs.csv: "a" and "b" exchanged their names in an earlier run, and keep those that they have now, although the dataset declares the exchange no more: the file is read so`, f.GetMessage())
	require.Contains(t, f.GetAction(), "declare the exchange once more (renamed_from) in the version after it")
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, findingOf(t, before, problem.ColumnsRenamed, "pairs").GetSeverity(), "which is read by the names of its time")
	require.NotContains(t, reasons(second), "COLUMNS_RENAMED pairs")
}
