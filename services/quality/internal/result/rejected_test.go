package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

func TestRejectedRowsAreNoSuccessWhateverTheOthersAreLike(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"})
	p.Delivered.Rejected = 2

	v := fill(p, evaluate.Outcome{Holds: true, Elements: 3})

	require.False(t, v.GetSuccess())
	require.Equal(t, int64(2), v.GetRejectedRows())
	require.True(t, v.GetResults()[0].GetSuccess(), "of the rows that it saw")
	require.Equal(t, int64(2), v.GetResults()[0].GetRejectedRows())
	require.Empty(t, v.GetFindings(), "who rejected them has said so")
	require.InDelta(t, 100, v.GetStatistics().GetSuccessPercent(), 0)
}

func TestWhatARuleSaysOfRowsThatItDidNotSee(t *testing.T) {
	t.Parallel()
	between, counted, other := expectation.ColumnValuesToBeBetween, expectation.TableRowCountToBeBetween, expectation.ColumnValuesToBeInOtherTable
	negative := evaluate.Outcome{Elements: 238, Unexpected: 1, Rows: []evaluate.Row{row(9, "-1")}}
	inParents := map[string]any{"column": "c", "other_table": "parents", "other_column": "id"}
	cases := map[string]struct {
		kind                   string
		kwargs                 map[string]any
		outcome                evaluate.Outcome
		rejected, parents      int64
		message, action, never string
	}{
		"a rule over survivors": {
			between, map[string]any{"column": "c", "min_value": 0}, negative, 3138, 0,
			"t.c: 1 of 238 values is not at least 0; 238 of 3,376 rows were judged", "Correct the rows that are named by file and line", "ROWS_REJECTED",
		},
		"a rule over all rows": {
			between, map[string]any{"column": "c", "min_value": 0}, negative, 0, 0,
			"t.c: 1 of 238 values is not at least 0", "Correct the rows that are named by file and line", "ROWS_REJECTED",
		},
		"a count without the rejected": {
			counted, map[string]any{"min_value": 5}, evaluate.Outcome{Elements: 3}, 2, 0,
			"t: found 3 rows, expected at least 5 rows; 2 more were delivered and rejected",
			"Correct the rejected rows of the file (ROWS_REJECTED), which are not counted, and deliver it again", "whole",
		},
		"a count without the only one rejected": {
			counted, map[string]any{"min_value": 5}, evaluate.Outcome{Elements: 3}, 1, 0,
			"t: found 3 rows, expected at least 5 rows; 1 more was delivered and rejected", "(ROWS_REJECTED)", "whole",
		},
		"a count of all rows": {
			counted, map[string]any{"min_value": 5}, evaluate.Outcome{Elements: 3}, 0, 0,
			"t: found 3 rows, expected at least 5 rows", "Ask whoever delivers the file whether it is whole", "ROWS_REJECTED",
		},
		"parents that were rejected": {
			other, inParents, negative, 0, 12,
			"t.c: 1 of 238 values is not a value of parents.id; 12 rows of parents were delivered and rejected, and may hold what is missing",
			"Correct the rejected rows of parents first (ROWS_REJECTED)", "Deliver the missing rows",
		},
		"a parent that was rejected": {
			other, inParents, negative, 2, 1,
			"t.c: 1 of 238 values is not a value of parents.id; 238 of 240 rows were judged; 1 row of parents was delivered and rejected, and may hold what is missing",
			"Correct the rejected rows of parents first (ROWS_REJECTED)", "Deliver the missing rows",
		},
		"parents that are missing": {
			other, inParents, negative, 0, 0,
			"t.c: 1 of 238 values is not a value of parents.id", "Deliver the missing rows of parents, or correct the rows", "ROWS_REJECTED",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, c.kind, c.kwargs)
			p.Delivered.Rejected, p.Checks[0].OtherRejected = c.rejected, c.parents

			f := fill(p, c.outcome).GetFindings()[0]

			require.Equal(t, c.message+" ("+c.kind+")", f.GetMessage())
			require.Contains(t, f.GetAction(), c.action)
			require.NotContains(t, f.GetAction(), c.never)
		})
	}
}
