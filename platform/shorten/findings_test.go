package shorten_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/shorten"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// rejected is a finding with twenty rows, of values so many characters long.
func rejected(column string, long int) *stepv1.Finding {
	f := &stepv1.Finding{
		Reason: string(problem.RowsRejected), Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: "wide", File: "wide.csv", Column: column,
		Count: 7043, Message: "wide.csv, column " + column + ": expected a number", Expected: "a number", Found: "7,043 values that are not numbers", Action: "Correct the rows.",
	}
	for i := range 20 {
		f.Rows = append(f.Rows, &stepv1.RowLocation{File: f.File, Line: int64(i + 2), Column: column, Value: strings.Repeat("x", long), Key: []string{fmt.Sprint(i)}})
	}
	return f
}

func wide(columns, long int) []*stepv1.Finding {
	all := make([]*stepv1.Finding, 0, columns)
	for i := range columns {
		all = append(all, rejected(fmt.Sprintf("column_%05d", i), long))
	}
	return all
}

func TestWhatFitsStaysAsItIs(t *testing.T) {
	t.Parallel()
	all := wide(10, 200)

	got := shorten.Findings(all, shorten.OfBatch)

	require.Equal(t, fmt.Sprintf("%p", all), fmt.Sprintf("%p", got), "not even copied")
	require.Empty(t, shorten.Findings(nil, shorten.OfBatch))
}

// The widest table of which no column is as declared, as with the decimal commas of
// another country: 1,500 findings of twenty rows.
func TestFindingsOfTheWidestTableListFewerRows(t *testing.T) {
	t.Parallel()
	all := wide(1500, 200)
	all[7].Follows = wide(3, 200)
	require.Greater(t, size(all), shorten.OfBatch)

	got := shorten.Findings(all, shorten.OfBatch)

	require.LessOrEqual(t, size(got), shorten.OfBatch)
	require.Len(t, got, 1500)
	require.Len(t, all[0].GetRows(), 20, "what the caller holds stays")
	require.Len(t, got[7].GetFollows()[2].GetRows(), len(got[0].GetRows()))
	for i, f := range got {
		require.Equal(t, all[i].GetMessage(), f.GetMessage())
		require.Equal(t, int64(7043), f.GetCount())
		require.Equal(t, all[i].GetRows()[0].GetLine(), f.GetRows()[0].GetLine(), "each still says where")
	}
}

func TestLongSentencesAreCut(t *testing.T) {
	t.Parallel()
	all := wide(100, 5)
	for _, f := range all {
		f.Expected = strings.Repeat("é", 100_000) // of a regular expression, say
	}

	got := shorten.Findings(all, shorten.OfBatch)

	require.LessOrEqual(t, size(got), shorten.OfBatch)
	require.Len(t, got, 100)
	want := strings.Repeat("é", 300) + "…"
	require.Equal(t, want, got[0].GetExpected())
	require.Equal(t, "Correct the rows.", got[0].GetAction())
}

// What is left out is said to be, and as grave as it was; what can be accepted by its
// name is never left out.
func TestWhatIsLeftOutIsSaidToBe(t *testing.T) {
	t.Parallel()
	all := wide(45_000, 0)
	for i, f := range all {
		if f.Rows = nil; i < 44_000 {
			f.Severity = datasetv1.Severity_SEVERITY_WARNING
		}
	}
	all = append(all, &stepv1.Finding{Reason: string(problem.StaleExtract), Message: "the same files"}, &stepv1.Finding{Reason: "NOTE", AcceptedBy: "ann"})

	got := shorten.Findings(all, shorten.OfRun)

	require.LessOrEqual(t, size(got), shorten.OfRun)
	last := got[len(got)-1]
	left := len(all) - (len(got) - 1)
	require.Positive(t, left)
	require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, last.GetSeverity())
	require.Equal(t, int64(left)*7043, last.GetCount())
	require.Contains(t, last.GetMessage(), "more findings of this delivery are not listed")
	require.Equal(t, string(problem.StaleExtract), got[len(got)-3].GetReason())
	require.Equal(t, "ann", got[len(got)-2].GetAcceptedBy())
	require.Equal(t, "column_00000", got[0].GetColumn())
}

func size(all []*stepv1.Finding) int {
	n := 0
	for _, f := range all {
		n += proto.Size(f) + 6
	}
	return n
}
