package expectation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// shop has a column of each type, and another table.
var shop = &datasetv1.Dataset{Tables: []*datasetv1.Table{
	{
		Name: "orders",
		Columns: []*datasetv1.Column{
			{Name: "id", Type: "integer"}, {Name: "big", Type: "bigint"}, {Name: "amount", Type: "numeric(10,2)"},
			{Name: "weight", Type: "double precision"}, {Name: "note", Type: "text"}, {Name: "day", Type: "date"},
			{Name: "paid", Type: "boolean", Optional: true},
		},
	},
	{Name: "customers", Columns: []*datasetv1.Column{{Name: "id", Type: "bigint"}, {Name: "name", Type: "text"}}},
}}

func declare(t *testing.T, kind string, kwargs map[string]any) *datasetv1.Expectation {
	t.Helper()
	content, err := structpb.NewStruct(kwargs)
	require.NoError(t, err)
	return &datasetv1.Expectation{Type: kind, Kwargs: content}
}

type kwargs = map[string]any

const (
	matchSet = expectation.TableColumnsToMatchSet
	rowCount = expectation.TableRowCountToBeBetween
	notNull  = expectation.ColumnValuesToNotBeNull
	between  = expectation.ColumnValuesToBeBetween
	inSet    = expectation.ColumnValuesToBeInSet
	unique   = expectation.ColumnValuesToBeUnique
	inOther  = expectation.ColumnValuesToBeInOtherTable
)

func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   string
		kwargs kwargs
	}{
		{matchSet, kwargs{"column_set": []any{"paid", "id", "big", "amount", "weight", "note", "day"}}},
		{matchSet, kwargs{"column_set": []any{"id"}, "exact_match": false}},
		{rowCount, kwargs{"min_value": 0}},
		{rowCount, kwargs{"min_value": 5, "max_value": 5}},
		{notNull, kwargs{"column": "note"}},
		{notNull, kwargs{"column": "note", "mostly": 0}},
		{unique, kwargs{"column": "paid", "mostly": 1}},
		{between, kwargs{"column": "id", "min_value": -2147483648, "max_value": "2147483647"}},
		{between, kwargs{"column": "big", "max_value": "9223372036854775807"}},
		{between, kwargs{"column": "amount", "min_value": 0.5, "max_value": "99999999.995"}},
		{between, kwargs{"column": "amount", "min_value": "0.10", "max_value": 0.1}},
		{between, kwargs{"column": "weight", "min_value": -1e300}},
		{between, kwargs{"column": "day", "min_value": "2024-01-31", "max_value": "2024-01-31"}},
		{between, kwargs{"column": "note", "min_value": "a", "max_value": "b", "strict_min": true, "strict_max": true}},
		{between, kwargs{"column": "id", "min_value": 1, "max_value": nil, "mostly": nil}},
		{inSet, kwargs{"column": "note", "value_set": []any{"", "No", "a"}}},
		{inSet, kwargs{"column": "paid", "value_set": []any{true}}},
		{inSet, kwargs{"column": "day", "value_set": []any{"2024-02-29"}}},
		{inSet, kwargs{"column": "id", "value_set": []any{1, "2", -3}}},
		{inOther, kwargs{"column": "id", "other_table": "customers", "other_column": "id"}},
		{inOther, kwargs{"column": "note", "other_table": "customers", "other_column": "name", "mostly": 0.9}},
	}
	for _, test := range tests {
		e := declare(t, test.kind, test.kwargs)
		require.Empty(t, expectation.Check(new(nearest.Guesses), shop.GetTables()[0], shop, e), "%s %v", test.kind, test.kwargs)
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind   string
		kwargs kwargs
		want   string
	}{
		"kind, near":             {"expect_column_values_to_be_not_null", kwargs{}, `type: unknown expectation "expect_column_values_to_be_not_null": did you mean "expect_column_values_to_not_be_null"?`},
		"argument, near":         {notNull, kwargs{"columm": "id", "column": "id"}, `kwargs.columm: unknown argument "columm" of expect_column_values_to_not_be_null: did you mean "column"?`},
		"argument, far":          {notNull, kwargs{"column": "id", "row_condition": "x"}, `kwargs.row_condition: unknown argument "row_condition" of expect_column_values_to_not_be_null: Great Expectations has it, StreamFlow has not yet`},
		"argument, null":         {notNull, kwargs{"column": nil}, `kwargs: expected the argument column, found none: The column whose values are judged.`},
		"several":                {between, kwargs{"column": 3, "mostly": 2, "strict_min": "yes"}, "kwargs.column: expected the name of a column, found the number 3\nkwargs.mostly: expected a share from 0 to 1, found the number 2\nkwargs.strict_min: expected true or false, found the text \"yes\""},
		"column, near":           {unique, kwargs{"column": "amuont"}, `kwargs.column: expected a column of table "orders", found "amuont": did you mean "amount"?`},
		"column, empty":          {unique, kwargs{"column": ""}, `kwargs.column: expected the name of a column, found the text ""`},
		"mostly, text":           {unique, kwargs{"column": "id", "mostly": "0.9"}, `kwargs.mostly: expected a share from 0 to 1, found the text "0.9"`},
		"mostly, negative":       {unique, kwargs{"column": "id", "mostly": -0.1}, `kwargs.mostly: expected a share from 0 to 1, found the number -0.1`},
		"set, text":              {matchSet, kwargs{"column_set": "id"}, `kwargs.column_set: expected a list of columns, found the text "id"`},
		"set, empty":             {matchSet, kwargs{"column_set": []any{}}, `kwargs.column_set: expected at least one of the columns, found an empty list`},
		"set, number":            {matchSet, kwargs{"column_set": []any{"id", 2}}, `kwargs.column_set[1]: expected the name of a column, found the number 2`},
		"set, twice":             {matchSet, kwargs{"column_set": []any{"id", "id"}, "exact_match": false}, `kwargs.column_set[1]: column "id" stands twice in the set`},
		"set, unknown":           {matchSet, kwargs{"column_set": []any{"ids"}, "exact_match": false}, `kwargs.column_set[0]: expected a column of table "orders", found "ids": did you mean "id"?`},
		"set, incomplete":        {matchSet, kwargs{"column_set": []any{"id", "big", "amount", "weight", "note", "day"}}, `kwargs.column_set: expected every column of table "orders", since exact_match is true, found no "paid": add it, or set exact_match: false`},
		"rows, no bound":         {rowCount, kwargs{}, `kwargs: expected min_value, max_value or both, found neither`},
		"rows, crossed":          {rowCount, kwargs{"min_value": 2, "max_value": 1}, `kwargs.min_value: expected at most max_value 1, found 2`},
		"rows, fraction":         {rowCount, kwargs{"min_value": 1.5}, `kwargs.min_value: expected a whole number of rows from 0, found the number 1.5`},
		"rows, negative":         {rowCount, kwargs{"max_value": -1}, `kwargs.max_value: expected a whole number of rows from 0, found the number -1`},
		"rows, text":             {rowCount, kwargs{"max_value": "1"}, `kwargs.max_value: expected a whole number of rows from 0, found the text "1"`},
		"between, no bound":      {between, kwargs{"column": "id"}, `kwargs: expected min_value, max_value or both, found neither`},
		"between, crossed":       {between, kwargs{"column": "id", "min_value": 10, "max_value": 9}, `kwargs.min_value: expected at most max_value 9, found 10`},
		"between, crossed texts": {between, kwargs{"column": "amount", "min_value": "10.01", "max_value": "10"}, `kwargs.min_value: expected at most max_value "10", found "10.01"`},
		"between, crossed dates": {between, kwargs{"column": "day", "min_value": "2024-02-01", "max_value": "2024-01-31"}, `kwargs.min_value: expected at most max_value "2024-01-31", found "2024-02-01"`},
		"between, strict, equal": {between, kwargs{"column": "amount", "min_value": "1.0", "max_value": 1, "strict_max": true}, `kwargs.min_value: expected less than max_value 1, since a bound is strict, found "1.0"`},
		"between, boolean":       {between, kwargs{"column": "paid", "min_value": false}, `kwargs.column: expected a column whose values have an order, found "paid", which is boolean: use expect_column_values_to_be_in_set`},
		"between, list":          {between, kwargs{"column": "id", "min_value": []any{1}}, `kwargs.min_value: expected a number, a text or a truth value, found a list`},
		"between, both wrong":    {between, kwargs{"column": "id", "min_value": "a", "max_value": true}, "kwargs.min_value: column \"id\" is integer: expected a decimal number, found \"a\"\nkwargs.max_value: column \"id\" is integer: expected a decimal number, found true"},
		"integer, fraction":      {between, kwargs{"column": "id", "min_value": 0.5}, `kwargs.min_value: column "id" is integer: expected a whole number of 32 bits, found 0.5`},
		"integer, too large":     {between, kwargs{"column": "id", "max_value": 2147483648}, `kwargs.max_value: column "id" is integer: expected a whole number of 32 bits, found 2147483648`},
		"bigint, too large":      {between, kwargs{"column": "big", "max_value": "9223372036854775808"}, `kwargs.max_value: column "big" is bigint: expected a whole number of 64 bits, found "9223372036854775808"`},
		"numeric, exponent":      {between, kwargs{"column": "amount", "max_value": "1e999999999"}, `kwargs.max_value: column "amount" is numeric(10,2): expected a decimal number, found "1e999999999"`},
		"numeric, NaN":           {between, kwargs{"column": "amount", "max_value": "NaN"}, `kwargs.max_value: column "amount" is numeric(10,2): expected a decimal number, found "NaN"`},
		"numeric, SQL":           {between, kwargs{"column": "amount", "max_value": "1); drop table orders --"}, `kwargs.max_value: column "amount" is numeric(10,2): expected a decimal number, found "1); drop table orders --"`},
		"double, too large":      {between, kwargs{"column": "weight", "max_value": "1" + strings.Repeat("0", 309)}, `kwargs.max_value: column "weight" is double precision: expected a number that a double holds, up to 1.7976931348623157e+308 in size, found "1` + strings.Repeat("0", 309) + `"`},
		"double, too small":      {between, kwargs{"column": "weight", "min_value": "0." + strings.Repeat("0", 400) + "1"}, `kwargs.min_value: column "weight" is double precision: expected a number that a double holds, found "0.` + strings.Repeat("0", 400) + `1", which is too near to 0: write 0`},
		"double set, too small":  {inSet, kwargs{"column": "weight", "value_set": []any{0, "-0." + strings.Repeat("0", 330) + "9"}}, `kwargs.value_set[1]: column "weight" is double precision: expected a number that a double holds, found "-0.` + strings.Repeat("0", 330) + `9", which is too near to 0: write 0`},
		"double set, too large":  {inSet, kwargs{"column": "weight", "value_set": []any{"-2" + strings.Repeat("0", 308)}}, `kwargs.value_set[0]: column "weight" is double precision: expected a number that a double holds, up to 1.7976931348623157e+308 in size, found "-2` + strings.Repeat("0", 308) + `"`},
		"text, number":           {between, kwargs{"column": "note", "min_value": 1}, `kwargs.min_value: column "note" is text: expected a text, found 1: put it in quotes`},
		"date, no such day":      {between, kwargs{"column": "day", "min_value": "2023-02-29"}, `kwargs.min_value: column "day" is date: expected a date, and 2023-02-29 is no such day: February 2023 has 28 days; the closest is 2023-02-28`},
		"date, number":           {between, kwargs{"column": "day", "min_value": 20240131}, `kwargs.min_value: column "day" is date: expected a date as YYYY-MM-DD, found 20240131`},
		"in set, empty":          {inSet, kwargs{"column": "id", "value_set": []any{}}, `kwargs.value_set: expected at least one of the values, found an empty list`},
		"in set, mapping":        {inSet, kwargs{"column": "id", "value_set": kwargs{"a": 1}}, `kwargs.value_set: expected a list of values, found a mapping`},
		"in set, null":           {inSet, kwargs{"column": "id", "value_set": []any{1, nil}}, `kwargs.value_set[1]: expected a number, a text or a truth value, found nothing`},
		"in set, truth for text": {inSet, kwargs{"column": "note", "value_set": []any{"a", false}}, `kwargs.value_set[1]: column "note" is text: expected a text, found false: put it in quotes`},
		"in set, text for truth": {inSet, kwargs{"column": "paid", "value_set": []any{"True"}}, `kwargs.value_set[0]: column "paid" is boolean: expected true or false, found "True"`},
		"other, itself":          {inOther, kwargs{"column": "id", "other_table": "orders", "other_column": "id"}, `kwargs.other_table: expected another table, found the expectation's own, "orders"`},
		"other, unknown table":   {inOther, kwargs{"column": "id", "other_table": "customer", "other_column": "id"}, `kwargs.other_table: expected a table of the dataset, found "customer": did you mean "customers"?`},
		"other, unknown column":  {inOther, kwargs{"column": "id", "other_table": "customers", "other_column": "ids"}, `kwargs.other_column: expected a column of table "customers", found "ids": did you mean "id"?`},
		"other, type":            {inOther, kwargs{"column": "id", "other_table": "customers", "other_column": "name"}, `kwargs.other_column: expected a column that compares with "id", which is integer, found "name" of table "customers", which is text`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			for _, m := range expectation.Check(new(nearest.Guesses), shop.GetTables()[0], shop, declare(t, test.kind, test.kwargs)) {
				lines = append(lines, m.Path+": "+m.Message)
			}
			require.Equal(t, test.want, strings.Join(lines, "\n"))
		})
	}
}

func TestCheckListsTheKindsWhereNoneIsNear(t *testing.T) {
	t.Parallel()
	mistakes := expectation.Check(new(nearest.Guesses), shop.GetTables()[0], shop, &datasetv1.Expectation{Type: "not_null"})
	require.Len(t, mistakes, 1)
	require.Contains(t, mistakes[0].Message, `unknown expectation "not_null": known are expect_table_columns_to_match_set, `)
}

func TestCheckDoesNotRepeatThatATypeIsWrong(t *testing.T) {
	t.Parallel()
	table := &datasetv1.Table{Name: "t", Columns: []*datasetv1.Column{{Name: "a", Type: "txt"}}}
	for _, e := range []*datasetv1.Expectation{
		declare(t, between, kwargs{"column": "a", "min_value": 1}),
		declare(t, inSet, kwargs{"column": "a", "value_set": []any{1}}),
		declare(t, inOther, kwargs{"column": "a", "other_table": "customers", "other_column": "id"}),
	} {
		require.Empty(t, expectation.Check(new(nearest.Guesses), table, shop, e))
	}
}
