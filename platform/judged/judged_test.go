package judged_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/judged"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func expectation(t *testing.T, kwargs map[string]any) *datasetv1.Expectation {
	t.Helper()
	fields, err := structpb.NewStruct(kwargs)
	require.NoError(t, err)
	return &datasetv1.Expectation{Type: "expect_something", Kwargs: fields}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		result *qualityv1.ExpectationResult
		want   string
	}{
		"held":                       {&qualityv1.ExpectationResult{Success: true}, judged.Held},
		"failed":                     {&qualityv1.ExpectationResult{}, judged.Failed},
		"skipped":                    {&qualityv1.ExpectationResult{Skipped: "no table"}, judged.Skipped},
		"skipped is never a success": {&qualityv1.ExpectationResult{Skipped: "no table", Success: true}, judged.Skipped},
		"an exception is no success": {&qualityv1.ExpectationResult{ExceptionInfo: &qualityv1.ExceptionInfo{RaisedException: true}}, judged.Failed},
		"nothing did not hold":       {nil, judged.Failed},
	} {
		require.Equal(t, c.want, judged.Verdict(c.result), name)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kwargs map[string]any
		want   string
	}{
		"none":                     {nil, ""},
		"a column alone":           {map[string]any{"column": "email"}, "email"},
		"the column first":         {map[string]any{"min_value": 0, "column": "hours"}, `hours {"min_value":0}`},
		"in the order of names":    {map[string]any{"min_value": 1.5, "max_value": 20, "column": "n"}, `n {"max_value":20,"min_value":1.5}`},
		"no column":                {map[string]any{"value": 20}, `{"value":20}`},
		"marks stay as they are":   {map[string]any{"column": "html", "regex": "^<[^>]+>&amp;$"}, `html {"regex":"^<[^>]+>&amp;$"}`},
		"a column that is no text": {map[string]any{"column": 3}, `{"column":3}`},
		"a list":                   {map[string]any{"column": "c", "value_set": []any{"a", nil, true}}, `c {"value_set":["a",null,true]}`},
	} {
		require.Equal(t, c.want, judged.Arguments(expectation(t, c.kwargs)), name)
	}
	require.Empty(t, judged.Arguments(nil))
}

// Whoever writes a result may write the expectation next to it: it is not changed.
func TestArgumentsLeaveTheExpectationAlone(t *testing.T) {
	t.Parallel()
	e := expectation(t, map[string]any{"column": "email", "mostly": 0.9})
	first := judged.Arguments(e)
	require.Equal(t, first, judged.Arguments(e))
	require.Equal(t, "email", e.GetKwargs().GetFields()["column"].GetStringValue())
}

func TestObserved(t *testing.T) {
	t.Parallel()
	value := func(v any) *qualityv1.ResultDetail {
		seen, err := structpb.NewValue(v)
		require.NoError(t, err)
		return &qualityv1.ResultDetail{ObservedValue: seen, ElementCount: 7}
	}
	rows := func(unexpected, of int64) *qualityv1.ExpectationResult {
		return &qualityv1.ExpectationResult{Result: &qualityv1.ResultDetail{UnexpectedCount: unexpected, ElementCount: of}}
	}
	missing := func(unexpected, of, missing int64) *qualityv1.ExpectationResult {
		r := rows(unexpected, of)
		r.Result.MissingCount = missing
		return r
	}
	empty := func(unexpected, of int64) *qualityv1.ExpectationResult {
		r := rows(unexpected, of)
		r.ExpectationConfig = &datasetv1.Expectation{Type: "expect_column_values_to_not_be_null"}
		return r
	}
	raised := &qualityv1.ExceptionInfo{RaisedException: true, ExceptionMessage: "division by zero (SQLSTATE 22012)"}
	for name, c := range map[string]struct {
		result *qualityv1.ExpectationResult
		want   string
	}{
		"nothing":                   {nil, ""},
		"an empty table":            {rows(0, 0), ""},
		"none of one":               {rows(0, 1), "0 of 1 value unexpected"},
		"some of many":              {rows(1204, 7043), "1,204 of 7,043 values unexpected"},
		"some of those that are":    {missing(2, 4, 1), "2 of 3 values unexpected, 1 row without one"},
		"no value at all":           {missing(0, 1204, 1204), "no values, 1,204 rows without one"},
		"rows, not values":          {empty(2, 7043), "2 of 7,043 rows without a value"},
		"a number":                  {&qualityv1.ExpectationResult{Result: value(20)}, "20"},
		"a value goes before rows":  {&qualityv1.ExpectationResult{Result: value("a<b")}, `"a<b"`},
		"a list":                    {&qualityv1.ExpectationResult{Result: value([]any{"a", "b"})}, `["a","b"]`},
		"null is a value":           {&qualityv1.ExpectationResult{Result: value(nil)}, "null"},
		"no number of JSON":         {&qualityv1.ExpectationResult{Result: value(math.Inf(1))}, `"Infinity"`},
		"why it was skipped":        {&qualityv1.ExpectationResult{Skipped: "users was not delivered", Result: value(3)}, "users was not delivered"},
		"what PostgreSQL said":      {&qualityv1.ExpectationResult{ExceptionInfo: raised, Result: value(3)}, "division by zero (SQLSTATE 22012)"},
		"an exception that was not": {&qualityv1.ExpectationResult{ExceptionInfo: &qualityv1.ExceptionInfo{}, Result: value(3)}, "3"},
	} {
		require.Equal(t, c.want, judged.Observed(c.result), name)
	}
}
