package expectation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func number(text string) expectation.Value {
	return expectation.Value{Kind: expectation.NumberValue, Text: text}
}

func text(text string) expectation.Value {
	return expectation.Value{Kind: expectation.TextValue, Text: text}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	one, many := int64(1), int64(9007199254740992)
	low, exact := number("-0.5"), text("0.10")
	tests := map[string]struct {
		kind   string
		kwargs kwargs
		want   expectation.Args
	}{
		"defaults":      {notNull, kwargs{"column": "id"}, expectation.Args{Column: "id", Mostly: 1}},
		"null":          {notNull, kwargs{"column": "id", "mostly": nil}, expectation.Args{Column: "id", Mostly: 1}},
		"mostly":        {unique, kwargs{"column": "id", "mostly": 0}, expectation.Args{Column: "id"}},
		"columns":       {matchSet, kwargs{"column_set": []any{"b", "a"}, "exact_match": false}, expectation.Args{ColumnSet: []string{"b", "a"}}},
		"rows":          {rowCount, kwargs{"min_value": 1, "max_value": 9007199254740992}, expectation.Args{MinRows: &one, MaxRows: &many}},
		"exact match":   {matchSet, kwargs{"column_set": []any{"a"}}, expectation.Args{ColumnSet: []string{"a"}, ExactMatch: true}},
		"one bound":     {rowCount, kwargs{"min_value": 1}, expectation.Args{MinRows: &one}},
		"bounds":        {between, kwargs{"column": "a", "min_value": -0.5, "max_value": "0.10", "strict_max": true}, expectation.Args{Column: "a", MinValue: &low, MaxValue: &exact, StrictMax: true, Mostly: 1}},
		"strict":        {between, kwargs{"column": "a", "min_value": -0.5, "strict_min": true}, expectation.Args{Column: "a", MinValue: &low, StrictMin: true, Mostly: 1}},
		"plain numbers": {inSet, kwargs{"column": "a", "value_set": []any{1e21, 1e-7, 29.14104464084511, -3}}, expectation.Args{Column: "a", ValueSet: []expectation.Value{number("1000000000000000000000"), number("0.0000001"), number("29.14104464084511"), number("-3")}, Mostly: 1}},
		"all kinds":     {inSet, kwargs{"column": "a", "value_set": []any{"No", true, false, 0}}, expectation.Args{Column: "a", ValueSet: []expectation.Value{text("No"), {Kind: expectation.TruthValue, Text: "true"}, {Kind: expectation.TruthValue, Text: "false"}, number("0")}, Mostly: 1}},
		"other table":   {inOther, kwargs{"column": "a", "other_table": "t", "other_column": "b", "mostly": 0.25}, expectation.Args{Column: "a", OtherTable: "t", OtherColumn: "b", Mostly: 0.25}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := expectation.Decode(declare(t, test.kind, test.kwargs))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	_, unknown := expectation.Decode(&datasetv1.Expectation{Type: "expect_column_values_to_be_uniqe"})
	_, missing := expectation.Decode(declare(t, unique, kwargs{}))
	_, wrong := expectation.Decode(declare(t, inSet, kwargs{"column": "a", "value_set": []any{[]any{}}}))

	require.EqualError(t, unknown, `expectation "expect_column_values_to_be_uniqe": type: unknown expectation "expect_column_values_to_be_uniqe": did you mean "expect_column_values_to_be_unique"?`)
	require.EqualError(t, missing, `expectation "expect_column_values_to_be_unique": kwargs: expected the argument column, found none: The column whose values are judged.`)
	require.EqualError(t, wrong, `expectation "expect_column_values_to_be_in_set": kwargs.value_set[0]: expected a number, a text or a truth value, found a list`)
}

func TestValueString(t *testing.T) {
	t.Parallel()
	require.Equal(t, `"No"`, text("No").String())
	require.Equal(t, "12.5", number("12.5").String())
}
