package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

func TestValuesAreNumbersWhereNothingOfThemIsLost(t *testing.T) {
	t.Parallel()
	const past = "9007199254740993"
	cases := map[string]struct {
		columnType string
		values     []string
		want       []any
	}{
		"whole numbers": {"bigint", []string{"-1", "9007199254740992", "9007199254740994", past, "-" + past}, []any{-1.0, 9007199254740992.0, "9007199254740994", past, "-" + past}},
		"decimals":      {"numeric", []string{"-1.50", "0.1", "0.1000000000000000055", "NaN"}, []any{-1.5, 0.1, "0.1000000000000000055", "NaN"}},
		"doubles":       {"double precision", []string{"1e-300", "1e+300", "Infinity", "0.30000000000000004"}, []any{1e-300, "1e+300", "Infinity", 0.30000000000000004}},
		"truth values":  {"boolean", []string{"true", "false"}, []any{true, false}},
		"texts":         {"text", []string{"12", "true", ""}, []any{"12", "true", ""}},
		"dates":         {"date", []string{"2024-02-29"}, []any{"2024-02-29"}},
		"a cut number":  {"numeric", []string{"111…"}, []any{"111…"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
			p.Table = deliver.Table("t", "id text", "c "+c.columnType)
			o := evaluate.Outcome{Elements: 9, Unexpected: int64(len(c.values))}
			for i, v := range c.values {
				o.Rows = append(o.Rows, row(int64(i+2), v))
			}

			d := fill(p, o).GetResults()[0].GetResult()

			var got []any
			for _, v := range d.GetPartialUnexpectedList() {
				got = append(got, v.AsInterface())
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.values[0], d.GetPartialUnexpectedIndexList()[0].GetValue(), "where it stands it is the text of the file")
		})
	}
}

func TestValuesAreCountedTheMostFrequentFirst(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})

	d := fill(p, evaluate.Outcome{Elements: 9, Unexpected: 6, Rows: []evaluate.Row{
		row(2, "1"), row(3, "2"), row(4, "1.0"), row(5, "3"), row(6, "2"), row(7, "1"),
	}}).GetResults()[0].GetResult()

	var values []any
	var counts []int64
	for _, c := range d.GetPartialUnexpectedCounts() {
		values, counts = append(values, c.GetValue().AsInterface()), append(counts, c.GetCount())
	}
	require.Equal(t, []any{1.0, 2.0, 3.0}, values)
	require.Equal(t, []int64{3, 2, 1}, counts)
}

func TestEquallyFrequentValuesAreInTheirOrder(t *testing.T) {
	t.Parallel()
	for columnType, c := range map[string]struct {
		values []string
		want   []any
	}{
		"numeric": {[]string{"10", "9", "NaN", "-1", "9007199254740993"}, []any{-1.0, 9.0, 10.0, "9007199254740993", "NaN"}},
		"text":    {[]string{"b", "a", "Z", "é"}, []any{"Z", "a", "b", "é"}},
		"boolean": {[]string{"true", "false"}, []any{true, false}}, // as they came
	} {
		p := plan(t, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
		p.Table = deliver.Table("t", "id text", "c "+columnType)
		o := evaluate.Outcome{Elements: 9, Unexpected: int64(len(c.values))}
		for i, v := range c.values {
			o.Rows = append(o.Rows, row(int64(i+2), v))
		}
		var got []any
		for _, counted := range fill(p, o).GetResults()[0].GetResult().GetPartialUnexpectedCounts() {
			got = append(got, counted.GetValue().AsInterface())
		}
		require.Equal(t, c.want, got, columnType)
	}
}

func TestNullsAreCountedAndNotMissing(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "c"})

	d := fill(p, evaluate.Outcome{Elements: 8, Unexpected: 2, Rows: []evaluate.Row{{Line: 3}, {Line: 4}}}).GetResults()[0].GetResult()

	require.InDelta(t, 25, d.GetUnexpectedPercent(), 0)
	require.Zero(t, d.GetMissingPercent()+d.GetUnexpectedPercentTotal()+d.GetUnexpectedPercentNonmissing())
	require.Nil(t, d.GetPartialUnexpectedCounts()[0].GetValue().AsInterface())
	require.Equal(t, int64(2), d.GetPartialUnexpectedCounts()[0].GetCount())
}

// 7 of 12 are 58.333333333333336 where the share is taken first, and
// 58.33333333333333 where it is not.
func TestPercentagesAreThoseOfGreatExpectationsToTheLastDigit(t *testing.T) {
	t.Parallel()
	p := plan(t, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
	for _, c := range []struct{ part, whole int64 }{{7, 12}, {1, 3}, {29, 100}, {57, 100}, {7, 100}, {3, 7043}} {
		share := float64(c.part) / float64(c.whole)

		d := fill(p, evaluate.Outcome{Elements: c.whole, Unexpected: c.part}).GetResults()[0].GetResult()

		require.InDelta(t, share*100, d.GetUnexpectedPercent(), 0)
	}
}

func TestHowColumnsDiffer(t *testing.T) {
	t.Parallel()
	for name, exactly := range map[string]bool{"exactly": true, "at least": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan(t, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id", "c", "a"}, "exact_match": exactly})

			v := fill(p, evaluate.Outcome{Header: &evaluate.Header{Columns: []string{"id", "z", "d"}, Absent: []string{"c", "a"}, Surplus: []string{"z", "d"}}})

			m := v.GetResults()[0].GetResult().GetDetails().GetMismatched()
			require.Equal(t, []string{"a", "c"}, m.GetMissing())
			require.Equal(t, []string{"d", "z"}, m.GetUnexpected())
			said := map[bool]string{true: "no c, a and the unexpected z, d", false: "no c, a"}
			require.Equal(t, said[exactly], v.GetFindings()[0].GetFound(), "what is allowed is not said to be wrong")
		})
	}
}

func TestAResultHasTheSeverityThatItWasJudgedWith(t *testing.T) {
	t.Parallel()
	for declared, want := range map[datasetv1.Severity]datasetv1.Severity{
		datasetv1.Severity_SEVERITY_UNSPECIFIED: datasetv1.Severity_SEVERITY_CRITICAL,
		datasetv1.Severity_SEVERITY_WARNING:     datasetv1.Severity_SEVERITY_WARNING,
	} {
		p := plan(t, expectation.ColumnValuesToBeUnique, map[string]any{"column": "c"})
		p.Checks[0].Config.Severity = declared

		v := fill(p, evaluate.Outcome{Holds: true})

		require.Equal(t, want, v.GetResults()[0].GetExpectationConfig().GetSeverity())
		require.Equal(t, declared, p.Checks[0].Config.GetSeverity(), "the dataset is as it was")
	}
}
