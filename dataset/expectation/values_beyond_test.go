package expectation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// A bound or a value beyond what the limits of a type let into the column is a slip: the
// rule would refuse every row, or none.
func TestWhatNoRowCanHoldIsNoBoundAndInNoSet(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, tc := range []struct {
		typ        string
		value      any
		bound, set string // what is said of it as a bound, and in a set
	}{
		{"numeric(10,2)", 99999999.99, none, none},
		{"numeric(10,2)", "-99999999.99", none, none},
		{"numeric(10,2)", "0000000099999999.990", none, none},
		{"numeric(10,2)", 100000000, "expected a number with at most 8 digits before the point, found 100000000, which no row can hold", "same"},
		{"numeric(10,2)", "-100000000.00", `expected a number with at most 8 digits before the point, found "-100000000.00", which no row can hold`, "same"},
		{"numeric(10,2)", 0.125, none, "expected a number with at most 2 digits behind the point, found 0.125, which no row can hold"},
		{"numeric(10,2)", "0.120", none, none},
		{"numeric(3,0)", 999, none, none},
		{"numeric(3,0)", 0.5, none, "expected a number with no digit but 0 behind the point, found 0.5, which no row can hold"},
		{"numeric(3,3)", 0.999, none, none},
		{"numeric(3,3)", 1, "expected a number with no digit but 0 before the point, found 1, which no row can hold", "same"},
		{"numeric(2,1)", 10, "expected a number with at most 1 digit before the point, found 10, which no row can hold", "same"},
		{"numeric(2,1)", "9.95", none, `expected a number with at most 1 digit behind the point, found "9.95", which no row can hold`},
		{"numeric", "123456789012345678901234567890.123456789", none, none},
		{"numeric", "1e3", none, none},
		{"numeric(10,2)", "1E3", none, none},
		{"numeric(10,2)", "-1.5e-1", none, none},
		{"numeric(10,2)", "1e8", `expected a number with at most 8 digits before the point, found "1e8", which no row can hold`, "same"},
		{"numeric(10,2)", "1e-3", none, `expected a number with at most 2 digits behind the point, found "1e-3", which no row can hold`},
		{"numeric", "1e99999", `expected a decimal number, found "1e99999"`, "same"},
		{"real", "1e38", none, none},
		{"real", "1e60", `expected a number that a real holds, up to 3.4028235e+38 in size, found "1e60"`, "same"},
		{"real", "1e-60", `expected a number that a real holds, found "1e-60", which is too near to 0: write 0`, "same"},
		{"real", "0e-60", none, none},
		{"double precision", "1e308", none, none},
		{"double precision", "-1e309", `expected a number that a double holds, up to 1.7976931348623157e+308 in size, found "-1e309"`, "same"},
		{"integer", "1e3", `expected a whole number of 32 bits, without an exponent, found "1e3": write 1000`, "same"},
		{"integer", "1.5e3", `expected a whole number of 32 bits, without an exponent, found "1.5e3": write 1500`, "same"},
		{"integer", "1e-3", `expected a whole number of 32 bits, found "1e-3"`, "same"},
		{"integer", "1e10", `expected a whole number of 32 bits, found "1e10"`, "same"},
		{"integer", 1e3, none, none},
		{"text", "1e3", none, none},
		{"smallint", 32768, "expected a whole number of 16 bits, found 32768", "same"},
		{"smallint", -32768, none, none},
		{"integer", 2147483648, "expected a whole number of 32 bits, found 2147483648", "same"},
		{"bigint", "9223372036854775808", `expected a whole number of 64 bits, found "9223372036854775808"`, "same"},
		{"real", 1e39, "expected a number that a real holds, up to 3.4028235e+38 in size, found 1000000000000000000000000000000000000000", "same"},
		{"varchar(3)", "abc", none, none},
		{"varchar(3)", "abcd", `expected a text of at most 3 characters, found "abcd"`, "same"},
		{"varchar(3)", "abc ", none, `expected a text of at most 3 characters, blanks at its end included, found "abc "`},
		{"varchar(3)", "日本語", none, none},
		{"char(3)", "abc   ", none, none},
		{"char(3)", "abcd", `expected a text of at most 3 characters, found "abcd"`, "same"},
		{"date", "9999-12-31", none, none},
		{"date", "10000-01-01", `expected a date as YYYY-MM-DD, found "10000-01-01"`, "same"},
		{"date", "0000-01-01", "expected a date, and 0000-01-01 is no such day: years begin with 0001; the closest is 0001-01-01", "same"},
		{"date", "2023-02-29", "expected a date, and 2023-02-29 is no such day: February 2023 has 28 days; the closest is 2023-02-28", "same"},
		{"date", "infinity", `expected a date as YYYY-MM-DD, found "infinity"`, "same"},
		{"timestamp", "9999-12-31 23:59:59.999999", none, none},
		{"timestamp", "294277-01-01", `expected a timestamp as YYYY-MM-DD hh:mm:ss, without an offset, found "294277-01-01"`, "same"},
		{"timestamp", "-infinity", `expected a timestamp as YYYY-MM-DD hh:mm:ss, without an offset, found "-infinity"`, "same"},
		{"timestamptz", "9999-12-31 23:59:59-01:00", `expected a timestamp with its offset, such as 2024-01-31 12:00:00+01:00, found "9999-12-31 23:59:59-01:00"`, "same"},
		{"timestamptz", "0001-01-01 00:00:00+01:00", `expected a timestamp with its offset, such as 2024-01-31 12:00:00+01:00, found "0001-01-01 00:00:00+01:00"`, "same"},
	} {
		d := &datasetv1.Dataset{Tables: []*datasetv1.Table{{Name: "t", Columns: []*datasetv1.Column{{Name: "c", Type: tc.typ}}}}}
		if tc.set == "same" {
			tc.set = tc.bound
		}
		for _, bound := range []string{"min_value", "max_value"} {
			said(t, d, between, kwargs{"column": "c", bound: tc.value}, "kwargs."+bound, tc.typ, tc.bound)
		}
		said(t, d, inSet, kwargs{"column": "c", "value_set": []any{tc.value}}, "kwargs.value_set[0]", tc.typ, tc.set)
	}
}

// said requires that a rule on column c of the only table gives one mistake, or none.
func said(t *testing.T, d *datasetv1.Dataset, kind string, arguments kwargs, path, typ, want string) {
	t.Helper()
	mistakes := expectation.Check(new(nearest.Guesses), d.GetTables()[0], d, declare(t, kind, arguments))
	label := fmt.Sprintf("%s %s %v", typ, kind, arguments)
	if want == "" {
		require.Empty(t, mistakes, label)
		return
	}
	require.Equal(t, []expectation.Mistake{{Path: path, Message: fmt.Sprintf("column \"c\" is %s: %s", typ, want)}}, mistakes, label)
}

// Only what a rule cannot do without is said to be lacking, so that a value which could
// not be read is not missed a second time.
func TestAMistakeKnowsWhichArgumentsWouldMendIt(t *testing.T) {
	t.Parallel()
	table := shop.GetTables()[0]
	for _, tc := range []struct {
		kind      string
		arguments kwargs
		want      []string
	}{
		{between, kwargs{"column": "id"}, []string{"min_value", "max_value"}},
		{rowCount, kwargs{}, []string{"min_value", "max_value"}},
		{rowCount, kwargs{"min_value": nil}, []string{"min_value", "max_value"}},
		{inSet, kwargs{"column": "id"}, []string{"value_set"}},
		{unique, kwargs{"mostly": 1}, []string{"column"}},
		{matchSet, kwargs{}, []string{"column_set"}},
		{inOther, kwargs{"column": "id", "other_table": "customers"}, []string{"other_column"}},
		{unique, kwargs{"column": "nobody"}, nil},
		{between, kwargs{"column": "id", "min_value": 2, "max_value": 1}, nil},
	} {
		mistakes := expectation.Check(new(nearest.Guesses), table, shop, declare(t, tc.kind, tc.arguments))
		require.Len(t, mistakes, 1, "%s %v", tc.kind, tc.arguments)
		require.Equal(t, tc.want, mistakes[0].Lacks, "%s %v", tc.kind, tc.arguments)
	}
}
