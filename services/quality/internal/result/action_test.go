package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

func TestWhatToDoDependsOnWhatHappensNext(t *testing.T) {
	t.Parallel()
	const correct = "Correct the rows that are named by file and line"
	for severity, want := range map[datasetv1.Severity]string{
		datasetv1.Severity_SEVERITY_UNSPECIFIED: correct + ", and deliver it again; where the data is right, change the expectation in the dataset.",
		datasetv1.Severity_SEVERITY_CRITICAL:    correct + ", and deliver it again; where the data is right, change the expectation in the dataset.",
		datasetv1.Severity_SEVERITY_WARNING: "A run goes on in spite of a warning, and stamps the as_of as it is; `sfctl plan --fail-on warning` looks first. " +
			correct + ", and deliver it before the run, or again with --supersede --reason once it is stamped; where the data is right, change the expectation in the dataset.",
		datasetv1.Severity_SEVERITY_INFO: "Nothing has to be done: the severity is info, and a run stamps the as_of as it is; `sfctl plan` looks first. " +
			correct + " where they are wrong; where the data is right, change the expectation in the dataset.",
	} {
		p := plan(t, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
		p.Checks[0].Config.Severity = severity

		f := fill(p, evaluate.Outcome{Elements: 2, Unexpected: 2}).GetFindings()[0]

		require.Equal(t, want, f.GetAction(), severity)
	}
}

func TestARuleThatPostgreSQLCannotEvaluateIsNamed(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0})

	v := fill(p, evaluate.Outcome{Exception: "division by zero (SQLSTATE 22012)"})

	r, f := v.GetResults()[0], v.GetFindings()[0]
	require.False(t, r.GetSuccess())
	require.Nil(t, r.GetResult())
	require.True(t, r.GetExceptionInfo().GetRaisedException())
	require.Equal(t, "division by zero (SQLSTATE 22012)", r.GetExceptionInfo().GetExceptionMessage())
	require.Equal(t, "t.c: PostgreSQL cannot evaluate the rule over this data: division by zero (SQLSTATE 22012) "+
		"(expect_column_values_to_be_between)", f.GetMessage())
	require.Equal(t, "division by zero (SQLSTATE 22012)", f.GetFound())
	require.Equal(t, "EXPECTATIONS_FAILED", f.GetReason())
	require.Contains(t, f.GetAction(), "Correct the values that PostgreSQL cannot compute with")
}

func TestAColumnThatTheFileLacksIsAskedForAndNotItsRows(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"})
	p.Delivered.Header = []string{"id"}
	none := row(2, "")
	none.Value = nil

	v := fill(p, evaluate.Outcome{Elements: 3, Unexpected: 3, Rows: []evaluate.Row{none}})

	f := v.GetFindings()[0]
	require.Equal(t, "t.c: one.csv has no column c, so none of 3 rows has a value (expect_column_values_to_not_be_null)", f.GetMessage())
	require.Equal(t, "no column c", f.GetFound())
	require.Equal(t, "Ask for a file with the column c, which the dataset declares optional and the rule asks for, "+
		"and deliver it again; where the data is right, change the expectation in the dataset.", f.GetAction())
	require.Empty(t, f.GetRows(), "none of them is to be corrected")
	require.Equal(t, int64(3), f.GetCount())
	require.Equal(t, int64(3), v.GetResults()[0].GetResult().GetUnexpectedCount(), "the result counts as ever")
}

func TestRowsWithoutAValueAreAskedForWhereTheFileHasTheColumn(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"})
	none := row(2, "")
	none.Value = nil

	f := fill(p, evaluate.Outcome{Elements: 3, Unexpected: 3, Rows: []evaluate.Row{none}}).GetFindings()[0]

	require.Contains(t, f.GetMessage(), "3 of 3 rows have no value")
	require.Contains(t, f.GetAction(), "Correct the rows that are named by file and line")
	require.Len(t, f.GetRows(), 1)
}
