package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/result"
)

// plan makes one of a single expectation on table t, delivered as two files.
func plan(t *testing.T, kind string, kwargs map[string]any) *compile.Plan {
	t.Helper()
	e := deliver.Expectation(t, kind, kwargs)
	args, err := expectation.Decode(e)
	require.NoError(t, err)
	return &compile.Plan{
		Table: deliver.Table("t", "id text", "c numeric"),
		Delivered: &stepv1.DeliveredTable{Table: "t", HasHeader: true, Header: []string{"id", "c"}, Candidate: &stepv1.Candidate{
			Files: []string{"one.csv", "two.csv"},
		}},
		Checks: []*compile.Check{{Config: e, Args: args}},
	}
}

// fill makes a validation of one outcome.
func fill(p *compile.Plan, o evaluate.Outcome) *qualityv1.Validation {
	v := &qualityv1.Validation{}
	result.Fill(v, []*compile.Plan{p}, [][]evaluate.Outcome{{o}})
	return v
}

func row(line int64, value string) evaluate.Row {
	return evaluate.Row{File: 1, Line: line, Key: []string{"k"}, Value: &value}
}

func TestFindingsSayWhatWasExpectedAndFound(t *testing.T) {
	t.Parallel()
	between, inSet := expectation.ColumnValuesToBeBetween, expectation.ColumnValuesToBeInSet
	bad := evaluate.Outcome{Elements: 7043, Unexpected: 1, Rows: []evaluate.Row{row(9, "-1.5")}}
	cases := map[string]struct {
		kind                     string
		kwargs                   map[string]any
		outcome                  evaluate.Outcome
		message, expected, found string
	}{
		"a lower bound": {
			between, map[string]any{"column": "c", "min_value": 0}, bad,
			"t.c: 1 of 7,043 values is not at least 0", "at least 0", `"-1.5"`,
		},
		"an upper bound, strict": {
			between, map[string]any{"column": "c", "max_value": "9.50", "strict_max": true}, bad,
			`t.c: 1 of 7,043 values is not less than "9.50"`, `less than "9.50"`, `"-1.5"`,
		},
		"both bounds": {
			between, map[string]any{"column": "c", "min_value": 0, "max_value": 1, "strict_min": true}, bad,
			"t.c: 1 of 7,043 values is outside 0 (excluded) to 1", "more than 0 and at most 1", `"-1.5"`,
		},
		"both bounds, the upper one strict": {
			between, map[string]any{"column": "c", "min_value": 1, "max_value": 10, "strict_max": true},
			evaluate.Outcome{Elements: 4, Unexpected: 2, Rows: []evaluate.Row{row(2, "10"), row(3, "0")}},
			"t.c: 2 of 4 values are outside 1 to 10 (excluded)", "at least 1 and less than 10", `"10", "0"`,
		},
		"mostly": {
			between, map[string]any{"column": "c", "min_value": 0, "mostly": 0.9999},
			evaluate.Outcome{Elements: 7043, Unexpected: 1, Rows: bad.Rows},
			"t.c: 1 of 7,043 values is not at least 0; 99.98 % meet it, and the rule asks for at least 99.99 %",
			"at least 0, for at least 99.99 % of the values", `"-1.5"`,
		},
		"mostly, of which a percentage rounds to what was asked for": {
			between, map[string]any{"column": "c", "max_value": 5, "mostly": 0.2900001},
			evaluate.Outcome{Elements: 100, Unexpected: 71, Rows: []evaluate.Row{row(2, "6")}},
			"t.c: 71 of 100 values are not at most 5; 29 % meet it, and the rule asks for at least 29.00001 %",
			"at most 5, for at least 29.00001 % of the values", `"6", …`,
		},
		"missing values are not judged": {
			between, map[string]any{"column": "c", "min_value": 0},
			evaluate.Outcome{Elements: 10, Missing: 9, Unexpected: 1, Rows: bad.Rows},
			"t.c: 1 of 1 value is not at least 0", "at least 0", `"-1.5"`,
		},
		"a set, many values": {
			inSet, map[string]any{"column": "c", "value_set": []any{"a", "b"}},
			evaluate.Outcome{Elements: 1000000, Unexpected: 5, Rows: []evaluate.Row{row(1, "x"), row(2, "x"), row(3, "y"), row(4, "z"), row(5, "w")}},
			`t.c: 5 of 1,000,000 values are not one of "a", "b"`, `one of "a", "b"`, `"x", "y", "z", …`,
		},
		"a set of one, more rows than were fetched": {
			inSet, map[string]any{"column": "c", "value_set": []any{true}},
			evaluate.Outcome{Elements: 99, Unexpected: 40, Rows: []evaluate.Row{row(1, "false")}},
			`t.c: 40 of 99 values are not true`, `true`, `"false", …`,
		},
		"a long set": {
			inSet, map[string]any{"column": "c", "value_set": []any{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}, bad,
			"t.c: 1 of 7,043 values is not one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more",
			"one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more", `"-1.5"`,
		},
		"NULLs": {
			expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"},
			evaluate.Outcome{Elements: 12345, Unexpected: 2, Rows: []evaluate.Row{{Line: 3}, {Line: 4}}},
			"t.c: 2 of 12,345 rows have no value", "a value in every row", "no value in 2 rows",
		},
		"a NULL": {
			expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"}, evaluate.Outcome{Elements: 1, Unexpected: 1},
			"t.c: 1 of 1 row has no value", "a value in every row", "no value in 1 row",
		},
		"repeats": {
			expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"},
			evaluate.Outcome{Elements: 3, Unexpected: 2, Rows: []evaluate.Row{row(2, "1"), row(4, "1")}},
			"t.c: 2 of 3 values are not unique", "every value on one row only", `"1"`,
		},
		"orphans": {
			expectation.ColumnValuesToBeInOtherTable, map[string]any{"column": "c", "other_table": "o", "other_column": "id"}, bad,
			"t.c: 1 of 7,043 values is not a value of o.id", "a value of o.id", `"-1.5"`,
		},
		"too few rows": {
			expectation.TableRowCountToBeBetween, map[string]any{"min_value": 1}, evaluate.Outcome{},
			"t: found 0 rows, expected at least 1 row", "at least 1 row", "0 rows",
		},
		"too many rows": {
			expectation.TableRowCountToBeBetween, map[string]any{"max_value": 1000}, evaluate.Outcome{Elements: 1001},
			"t: found 1,001 rows, expected at most 1,000 rows", "at most 1,000 rows", "1,001 rows",
		},
		"rows out of a range": {
			expectation.TableRowCountToBeBetween, map[string]any{"min_value": 2, "max_value": 3}, evaluate.Outcome{Elements: 1},
			"t: found 1 row, expected from 2 to 3 rows", "from 2 to 3 rows", "1 row",
		},
		"not that many rows": {
			expectation.TableRowCountToBeBetween, map[string]any{"min_value": 2, "max_value": 2}, evaluate.Outcome{Elements: 1},
			"t: found 1 row, expected exactly 2 rows", "exactly 2 rows", "1 row",
		},
		"columns": {
			expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id", "c"}},
			evaluate.Outcome{Header: &evaluate.Header{Columns: []string{"id", "d"}, Absent: []string{"c"}, Surplus: []string{"d"}}},
			"t: the header of one.csv has no c and the unexpected d, expected exactly the columns id, c",
			"exactly the columns id, c", "no c and the unexpected d",
		},
		"columns, not exactly": {
			expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id", "c"}, "exact_match": false},
			evaluate.Outcome{Header: &evaluate.Header{Columns: []string{"id"}, Absent: []string{"c"}}},
			"t: the header of one.csv has no c, expected at least the columns id, c",
			"at least the columns id, c", "no c",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			v := fill(plan(t, c.kind, c.kwargs), c.outcome)

			require.Len(t, v.GetFindings(), 1)
			f := v.GetFindings()[0]
			require.Equal(t, c.message+" ("+c.kind+")", f.GetMessage())
			require.Equal(t, c.expected, f.GetExpected())
			require.Equal(t, c.found, f.GetFound())
			require.Equal(t, "EXPECTATIONS_FAILED", f.GetReason())
			require.Equal(t, c.outcome.Unexpected, f.GetCount())
			require.Len(t, f.GetRows(), len(c.outcome.Rows))
			require.NotEmpty(t, f.GetAction())
		})
	}
}

func TestAFindingNamesTheFileOfItsFirstRow(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0})
	inNoFile := row(3, "-1")
	inNoFile.File = 7

	v := fill(p, evaluate.Outcome{Elements: 2, Unexpected: 2, Rows: []evaluate.Row{row(2, "-1"), inNoFile}})

	f := v.GetFindings()[0]
	require.Equal(t, "two.csv", f.GetFile())
	require.Equal(t, []string{"two.csv", ""}, []string{f.GetRows()[0].GetFile(), f.GetRows()[1].GetFile()})
	require.Equal(t, "expected at least 0", f.GetRows()[0].GetDetail())
}

func TestAFindingWithoutRowsNamesTheDeclaredFile(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})
	p.Delivered = &stepv1.DeliveredTable{Table: "t"}

	v := fill(p, evaluate.Outcome{Header: &evaluate.Header{}})

	require.Equal(t, "t.csv", v.GetFindings()[0].GetFile())
}

func TestTheDetailIsGreatExpectations(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0, "mostly": 0.1})

	v := fill(p, evaluate.Outcome{Holds: true, Elements: 8, Missing: 4, Unexpected: 1, Rows: []evaluate.Row{row(2, "-1")}})

	require.Empty(t, v.GetFindings())
	d := v.GetResults()[0].GetResult()
	require.Equal(t, [3]int64{8, 4, 1}, [3]int64{d.GetElementCount(), d.GetMissingCount(), d.GetUnexpectedCount()})
	require.Equal(t, [3]float64{50, 25, 12.5}, [3]float64{d.GetMissingPercent(), d.GetUnexpectedPercent(), d.GetUnexpectedPercentTotal()})
	require.InDelta(t, 25, d.GetUnexpectedPercentNonmissing(), 0)
	require.InDelta(t, -1, d.GetPartialUnexpectedList()[0].GetNumberValue(), 0)
	require.Equal(t, []string{"id"}, d.GetUnexpectedIndexColumnNames())
	require.Equal(t, int64(2), d.GetPartialUnexpectedIndexList()[0].GetLine())
}

func TestNothingToDivideByIsZeroPercent(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0})

	d := fill(p, evaluate.Outcome{Holds: true}).GetResults()[0].GetResult()

	require.Zero(t, d.GetMissingPercent()+d.GetUnexpectedPercent()+d.GetUnexpectedPercentTotal())
}

func TestObservedValues(t *testing.T) {
	t.Parallel()
	count := plan(t, expectation.TableRowCountToBeBetween, map[string]any{"min_value": 1})
	columns := plan(t, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id"}})

	counted := fill(count, evaluate.Outcome{Holds: true, Elements: 7043})
	seen := fill(columns, evaluate.Outcome{Holds: true, Header: &evaluate.Header{Columns: []string{"id", "x"}}})

	require.Zero(t, counted.GetResults()[0].GetResult().GetElementCount(), "no field of this kind")
	require.NotNil(t, seen.GetResults()[0].GetResult().GetDetails().GetMismatched(), "nothing differs, and that is said")
	require.InDelta(t, 7043, counted.GetResults()[0].GetResult().GetObservedValue().GetNumberValue(), 0)
	require.Equal(t, []any{"id", "x"}, seen.GetResults()[0].GetResult().GetObservedValue().AsInterface())
}

func TestTheVerdictIsThatOfTheCriticalOnes(t *testing.T) {
	t.Parallel()
	failed, held := evaluate.Outcome{Unexpected: 1, Elements: 1}, evaluate.Outcome{Holds: true}
	skipped, raised := evaluate.Outcome{Skipped: "why"}, evaluate.Outcome{Exception: "division by zero (SQLSTATE 22012)"}
	cases := map[string]struct {
		severity datasetv1.Severity
		outcome  evaluate.Outcome
		success  bool
		findings int
		percent  float64
	}{
		"held":               {datasetv1.Severity_SEVERITY_CRITICAL, held, true, 0, 100},
		"failed":             {datasetv1.Severity_SEVERITY_CRITICAL, failed, false, 1, 0},
		"failed, undeclared": {datasetv1.Severity_SEVERITY_UNSPECIFIED, failed, false, 1, 0},
		"failed warning":     {datasetv1.Severity_SEVERITY_WARNING, failed, true, 1, 0},
		"failed info":        {datasetv1.Severity_SEVERITY_INFO, failed, true, 1, 0},
		"skipped":            {datasetv1.Severity_SEVERITY_CRITICAL, skipped, false, 0, 100},
		"skipped warning":    {datasetv1.Severity_SEVERITY_WARNING, skipped, true, 0, 100},
		"raised":             {datasetv1.Severity_SEVERITY_CRITICAL, raised, false, 1, 0},
		"raised warning":     {datasetv1.Severity_SEVERITY_WARNING, raised, true, 1, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"})
			p.Checks[0].Config.Severity = c.severity

			v := fill(p, c.outcome)

			require.Equal(t, c.success, v.GetSuccess())
			require.Len(t, v.GetFindings(), c.findings)
			require.InDelta(t, c.percent, v.GetStatistics().GetSuccessPercent(), 0)
			for _, f := range v.GetFindings() {
				require.NotEqual(t, datasetv1.Severity_SEVERITY_UNSPECIFIED, f.GetSeverity())
			}
		})
	}
}
