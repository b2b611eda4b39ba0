package evaluate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

// columnCase is one expectation on column c, and what it must answer.
type columnCase struct {
	columnType string
	kwargs     map[string]any
	cells      []string
	holds      bool
	missing    int64
	unexpected []string
}

func testColumn(t *testing.T, kind string, cases map[string]columnCase) {
	t.Helper()
	db := newDatabase(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kwargs := map[string]any{"column": "c"}
			for k, v := range c.kwargs {
				kwargs[k] = v
			}

			o := db.one(t, kind, c.columnType, kwargs, c.cells...)

			require.Equal(t, c.holds, o.Holds)
			require.Equal(t, int64(len(c.cells)), o.Elements)
			require.Equal(t, c.missing, o.Missing)
			require.Equal(t, int64(len(c.unexpected)), o.Unexpected)
			require.ElementsMatch(t, c.unexpected, values(o))
		})
	}
}

const null = deliver.Null

func TestNotNull(t *testing.T) {
	t.Parallel()
	testColumn(t, expectation.ColumnValuesToNotBeNull, map[string]columnCase{
		"values":              {"text", nil, []string{"a", "", "ü"}, true, 0, nil},
		"a NULL":              {"text", nil, []string{"a", null}, false, 0, []string{null}},
		"only NULLs":          {"integer", nil, []string{null, null}, false, 0, []string{null, null}},
		"an empty table":      {"date", nil, nil, true, 0, nil},
		"mostly, at the edge": {"text", map[string]any{"mostly": 0.75}, []string{"a", "b", "c", null}, true, 0, []string{null}},
		"mostly, just under":  {"text", map[string]any{"mostly": 0.76}, []string{"a", "b", "c", null}, false, 0, []string{null}},
		"NaN is a value":      {"double precision", nil, []string{"NaN"}, true, 0, nil},
		"mostly of nothing":   {"text", map[string]any{"mostly": 0}, []string{null}, true, 0, []string{null}},
	})
}

func TestBetween(t *testing.T) {
	t.Parallel()
	least0 := map[string]any{"min_value": 0}
	huge := "123456789012345678901234567890.000000000000000001"
	testColumn(t, expectation.ColumnValuesToBeBetween, map[string]columnCase{
		"both bounds are included":  {"integer", map[string]any{"min_value": 1, "max_value": 3}, []string{"0", "1", "3", "4"}, false, 0, []string{"0", "4"}},
		"strict bounds are not":     {"integer", map[string]any{"min_value": 1, "max_value": 3, "strict_min": true, "strict_max": true}, []string{"1", "2", "3"}, false, 0, []string{"1", "3"}},
		"only a lower bound":        {"bigint", least0, []string{"9223372036854775807", "-1"}, false, 0, []string{"-1"}},
		"only an upper bound":       {"bigint", map[string]any{"max_value": "9223372036854775806"}, []string{"9223372036854775807", "-1"}, false, 0, []string{"9223372036854775807"}},
		"NULLs are missing":         {"numeric", least0, []string{null, "1", null}, true, 2, nil},
		"only NULLs":                {"numeric", least0, []string{null, null}, true, 2, nil},
		"an empty table":            {"numeric", least0, nil, true, 0, nil},
		"mostly counts the present": {"integer", map[string]any{"min_value": 0, "mostly": 0.5}, []string{null, null, "1", "-1"}, true, 2, []string{"-1"}},
		"mostly, nine of ten":       {"integer", map[string]any{"max_value": 9, "mostly": 0.9}, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, true, 0, []string{"10"}},
		"mostly, just under":        {"integer", map[string]any{"max_value": 8, "mostly": 0.9}, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, false, 0, []string{"9", "10"}},
		"decimals digit for digit":  {"numeric", map[string]any{"max_value": huge}, []string{huge, huge + "1"}, false, 0, []string{huge + "1"}},
		"a bound is not rounded":    {"numeric(4,2)", map[string]any{"max_value": "1.005"}, []string{"1.00", "1.01"}, false, 0, []string{"1.01"}},
		"doubles without a bound up": {"double precision", least0, []string{"Infinity", "-Infinity", "NaN", "0", "-0"}, false, 0,
			[]string{"-Infinity", "NaN"}},
		"doubles without a bound down": {"double precision", map[string]any{"max_value": 0}, []string{"Infinity", "-Infinity", "NaN", "1e-300"}, false, 0,
			[]string{"Infinity", "NaN", "1e-300"}},
		"a numeric NaN": {"numeric", least0, []string{"NaN", "Infinity"}, false, 0, []string{"NaN"}},
		"bounds with an exponent": {"numeric(10,2)", map[string]any{"min_value": "-1E+3", "max_value": "1.5e3"}, []string{"-1000.01", "-1000", "1500", "1500.01"}, false, 0,
			[]string{"-1000.01", "1500.01"}},
		"a real's bound":       {"real", map[string]any{"max_value": "1e38"}, []string{"1e38", "1.1e38"}, false, 0, []string{"1.1e+38"}},
		"dates":                {"date", map[string]any{"min_value": "2024-01-01", "max_value": "2024-01-31"}, []string{"2023-12-31", "2024-01-31", "2024-02-01"}, false, 0, []string{"2023-12-31", "2024-02-01"}},
		"text by code points":  {"text", map[string]any{"min_value": "B", "max_value": "z"}, []string{"A", "a", "Z", "é", "z"}, false, 0, []string{"A", "é"}},
		"text is not a number": {"text", map[string]any{"min_value": "10"}, []string{"9", "1"}, false, 0, []string{"1"}},
	})
}

func TestInSet(t *testing.T) {
	t.Parallel()
	set := func(values ...any) map[string]any { return map[string]any{"value_set": values} }
	odd := []any{`a"b`, `c\d`, "{e,f}", "NULL", "", " ", "日本", "'; drop table t; --"}
	testColumn(t, expectation.ColumnValuesToBeInSet, map[string]columnCase{
		"text":                       {"text", set("a", "b"), []string{"a", "b", "A"}, false, 0, []string{"A"}},
		"odd text":                   {"text", set(odd...), []string{`a"b`, `c\d`, "{e,f}", "NULL", "", " ", "日本", "'; drop table t; --"}, true, 0, nil},
		"composed is not decomposed": {"text", set("é"), []string{"e\u0301"}, false, 0, []string{"e\u0301"}},
		"NULLs are missing":          {"text", set("a"), []string{null, "a"}, true, 1, nil},
		"only NULLs":                 {"text", set("a"), []string{null}, true, 1, nil},
		"an empty table":             {"text", set("a"), nil, true, 0, nil},
		"numbers with an exponent":   {"numeric", set("1e3", "2.5e-1"), []string{"1000", "0.250", "1"}, false, 0, []string{"1"}},
		"numbers, not their text":    {"numeric", set(1, "2.50"), []string{"1.000", "2.5", "2.51"}, false, 0, []string{"2.51"}},
		"doubles":                    {"double precision", set(1.1), []string{"1.1", "1.1000000000000003", "NaN", "Infinity"}, false, 0, []string{"1.1000000000000003", "NaN", "Infinity"}},
		"integers":                   {"integer", set(1, 2), []string{"1", "3"}, false, 0, []string{"3"}},
		"truth values":               {"boolean", set(true), []string{"true", "false"}, false, 0, []string{"false"}},
		"dates":                      {"date", set("2024-02-29"), []string{"2024-02-29", "2024-02-28"}, false, 0, []string{"2024-02-28"}},
		"mostly, at the edge":        {"text", map[string]any{"value_set": []any{"a"}, "mostly": 0.5}, []string{"a", "b", null}, true, 1, []string{"b"}},
		"mostly, just under":         {"text", map[string]any{"value_set": []any{"a"}, "mostly": 0.51}, []string{"a", "b", null}, false, 1, []string{"b"}},
	})
}

func TestUnique(t *testing.T) {
	t.Parallel()
	testColumn(t, expectation.ColumnValuesToBeUnique, map[string]columnCase{
		"distinct values":           {"text", nil, []string{"a", "A", "á", ""}, true, 0, nil},
		"every row of a repeat":     {"text", nil, []string{"a", "b", "a", "a"}, false, 0, []string{"a", "a", "a"}},
		"two repeats":               {"integer", nil, []string{"1", "2", "1", "2", "3"}, false, 0, []string{"1", "2", "1", "2"}},
		"NULLs do not repeat":       {"text", nil, []string{null, null, "a"}, true, 2, nil},
		"only NULLs":                {"text", nil, []string{null, null}, true, 2, nil},
		"an empty table":            {"text", nil, nil, true, 0, nil},
		"equal numbers repeat":      {"numeric", nil, []string{"1", "1.00"}, false, 0, []string{"1", "1.00"}},
		"NaN repeats":               {"double precision", nil, []string{"NaN", "NaN", "0"}, false, 0, []string{"NaN", "NaN"}},
		"mostly, at the edge":       {"integer", map[string]any{"mostly": 0.5}, []string{"1", "1", "2", "3", null}, true, 1, []string{"1", "1"}},
		"mostly, just under":        {"integer", map[string]any{"mostly": 0.51}, []string{"1", "1", "2", "3", null}, false, 1, []string{"1", "1"}},
		"mostly, a third of values": {"integer", map[string]any{"mostly": 0.3}, []string{"1", "1", "2"}, true, 0, []string{"1", "1"}},
	})
}

func TestInOtherTable(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		columnType, otherType string
		cells, others         []string
		mostly                float64
		holds                 bool
		missing               int64
		unexpected            []string
	}{
		"all are there":        {"text", "text", []string{"a", "b", "a"}, []string{"a", "b", "c"}, 1, true, 0, nil},
		"one is not":           {"text", "text", []string{"a", "x"}, []string{"a"}, 1, false, 0, []string{"x"}},
		"NULLs are missing":    {"text", "text", []string{null, "a"}, []string{"a", null}, 1, true, 1, nil},
		"a NULL there is none": {"text", "text", []string{"a"}, []string{null}, 1, false, 0, []string{"a"}},
		"nothing there":        {"text", "text", []string{"a", null}, nil, 1, false, 1, []string{"a"}},
		"nothing here":         {"text", "text", nil, []string{"a"}, 1, true, 0, nil},
		"numbers of two types": {"integer", "numeric", []string{"1", "2"}, []string{"1.0", "2.5"}, 1, false, 0, []string{"2"}},
		"past 2^53, not as doubles": {"bigint", "double precision", []string{"9007199254740992", "9007199254740993"},
			[]string{"9007199254740993"}, 1, false, 0, []string{"9007199254740993"}}, // which a double holds as …992
		"past 2^53, the other way": {"double precision", "bigint", []string{"9007199254740992"}, []string{"9007199254740993"}, 1, false, 0,
			[]string{"9.007199254740992e+15"}},
		"past 2^53, decimals":      {"numeric", "double precision", []string{"9007199254740993.0"}, []string{"9007199254740992"}, 1, false, 0, []string{"9007199254740993.0"}},
		"past 2^60, the same":      {"bigint", "double precision", []string{"1152921504606846976"}, []string{"1152921504606846976"}, 1, true, 0, nil},
		"at 2^63":                  {"bigint", "double precision", []string{"9223372036854775807"}, []string{"9223372036854775808"}, 1, false, 0, []string{"9223372036854775807"}},
		"past 2^63":                {"numeric", "double precision", []string{"100000000000000000000", "1e300"}, []string{"1e20", "1e300"}, 1, true, 0, nil},
		"a fraction is its digits": {"numeric", "double precision", []string{"0.1", "0.10", "0.3"}, []string{"0.1", "0.30000000000000004"}, 1, false, 0, []string{"0.3"}},
		"a short fraction is too":  {"real", "numeric", []string{"0.1", "0.5"}, []string{"0.1", "0.25"}, 1, false, 0, []string{"0.5"}},
		"of two binary types":      {"real", "double precision", []string{"0.1", "1e-30"}, []string{"0.1", "1e-30"}, 1, true, 0, nil},
		"past 2^24, not as reals":  {"integer", "real", []string{"16777216", "16777217"}, []string{"16777217"}, 1, false, 0, []string{"16777217"}},
		"zero has no sign":         {"integer", "double precision", []string{"0"}, []string{"-0"}, 1, true, 0, nil},
		"what is no number":        {"numeric", "double precision", []string{"NaN", "Infinity"}, []string{"NaN", "-Infinity"}, 1, false, 0, []string{"Infinity"}},
		"two decimals of one type": {"double precision", "double precision", []string{"NaN", "1e-320"}, []string{"NaN", "1e-320"}, 1, true, 0, nil},
		"mostly, at the edge":      {"text", "text", []string{"a", "x"}, []string{"a"}, 0.5, true, 0, []string{"x"}},
		"mostly, just under":       {"text", "text", []string{"a", "x"}, []string{"a"}, 0.6, false, 0, []string{"x"}},
		"texts of two types":       {"varchar(3)", "char(3)", []string{"a", "b"}, []string{"a  ", "c"}, 1, false, 0, []string{"b"}},
		"UUIDs":                    {"uuid", "uuid", []string{uuidA, uuidB}, []string{uuidA}, 1, false, 0, []string{uuidB}},
		"a real is its digits":     {"real", "double precision", []string{"0.1", "16777216"}, []string{"0.1", "16777216"}, 1, true, 0, nil},
		"a real and a decimal":     {"real", "numeric", []string{"0.1", "0.2"}, []string{"0.10"}, 1, false, 0, []string{"0.2"}},
		"a repeat there is one":    {"text", "text", []string{"a"}, []string{"a", "a"}, 1, true, 0, nil},
	}
	db := newDatabase(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := deliver.Table(db.name(), "c "+c.columnType)
			other := deliver.Table(db.name(), "o "+c.otherType)
			deliver.Expect(t, table, expectation.ColumnValuesToBeInOtherTable,
				map[string]any{"column": "c", "other_table": other.GetName(), "other_column": "o", "mostly": c.mostly})

			outcomes, err := db.run(t, []*datasetv1.Table{table, other},
				deliver.Stage(t, db.Database, table, single(c.cells)...), deliver.Stage(t, db.Database, other, single(c.others)...))

			require.NoError(t, err)
			o := outcomes[0][0]
			require.Equal(t, c.holds, o.Holds)
			require.Equal(t, c.missing, o.Missing)
			require.Equal(t, int64(len(c.unexpected)), o.Unexpected)
			require.ElementsMatch(t, c.unexpected, values(o))
		})
	}
}

// single makes rows of one cell each.
func single(cells []string) [][]string {
	rows := make([][]string, 0, len(cells))
	for _, c := range cells {
		rows = append(rows, []string{c})
	}
	return rows
}

func TestRowCount(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		kwargs map[string]any
		rows   []string
		holds  bool
	}{
		"at the lower bound": {map[string]any{"min_value": 2}, []string{"a", "b"}, true},
		"under it":           {map[string]any{"min_value": 3}, []string{"a", "b"}, false},
		"at the upper bound": {map[string]any{"min_value": 0, "max_value": 2}, []string{"a", "b"}, true},
		"over it":            {map[string]any{"max_value": 1}, []string{"a", null}, false},
		"an empty table":     {map[string]any{"min_value": 1}, nil, false},
		"allowed to be":      {map[string]any{"max_value": 0}, nil, true},
	}
	db := newDatabase(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := db.one(t, expectation.TableRowCountToBeBetween, "text", c.kwargs, c.rows...)

			require.Equal(t, c.holds, o.Holds)
			require.Equal(t, int64(len(c.rows)), o.Elements)
			require.Empty(t, o.Rows)
		})
	}
}
