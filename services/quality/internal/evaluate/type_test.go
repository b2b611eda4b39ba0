package evaluate_test

import (
	"testing"

	"github.com/streamflow/streamflow/dataset/expectation"
)

const (
	uuidA = "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93"
	uuidB = "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a94"
)

func TestBoundsOfEveryType(t *testing.T) {
	t.Parallel()
	testColumn(t, expectation.ColumnValuesToBeBetween, map[string]columnCase{
		"smallint": {"smallint", map[string]any{"min_value": 0, "max_value": 32767}, []string{"-1", "0", "32767"}, false, 0, []string{"-1"}},
		"real is rounded as its values are": {
			"real", map[string]any{"max_value": 0.1}, []string{"0.1", "0.10000001", "NaN"}, false, 0, []string{"0.10000001", "NaN"},
		},
		"real without a bound up": {"real", map[string]any{"min_value": 0}, []string{"1", "NaN", "-1"}, false, 0, []string{"NaN", "-1"}},
		"timestamps": {
			"timestamp", map[string]any{"min_value": "2024-01-01", "max_value": "2024-01-31T23:59:59"},
			[]string{"2023-12-31 23:59:59.999999", "2024-01-01 00:00:00", "2024-02-01 00:00:00"}, false, 0,
			[]string{"2023-12-31 23:59:59.999999", "2024-02-01 00:00:00"},
		},
		"moments, of any offset": {
			"timestamptz", map[string]any{"min_value": "2024-01-01 00:00:00+01:00", "strict_min": true},
			[]string{"2023-12-31 23:00:00+00", "2023-12-31 23:00:01+00", null}, false, 1, []string{"2023-12-31 23:00:00+00"},
		},
		"varchar by code points": {"varchar(3)", map[string]any{"min_value": "B"}, []string{"A", "a", "Z"}, false, 0, []string{"A"}},
		"char, blanks aside":     {"char(3)", map[string]any{"max_value": "b "}, []string{"b", "b  ", "c"}, false, 0, []string{"c"}},
		"uuid":                   {"uuid", map[string]any{"max_value": uuidA}, []string{uuidA, uuidB}, false, 0, []string{uuidB}},
	})
}

func TestSetsOfEveryType(t *testing.T) {
	t.Parallel()
	set := func(values ...any) map[string]any { return map[string]any{"value_set": values} }
	testColumn(t, expectation.ColumnValuesToBeInSet, map[string]columnCase{
		"smallint":   {"smallint", set(1, -32768), []string{"1", "-32768", "2"}, false, 0, []string{"2"}},
		"real":       {"real", set(0.1), []string{"0.1", "0.2"}, false, 0, []string{"0.2"}},
		"varchar":    {"varchar(5)", set("a", "abcde"), []string{"a", "abcde", "a "}, false, 0, []string{"a "}},
		"char":       {"char(3)", set("a", "abc"), []string{"a", "a  ", "abc", "ab"}, false, 0, []string{"ab"}},
		"timestamps": {"timestamp", set("2024-01-31 12:00"), []string{"2024-01-31 12:00:00", "2024-01-31 12:00:01"}, false, 0, []string{"2024-01-31 12:00:01"}},
		"moments":    {"timestamptz", set("2024-01-31 12:00+01:00"), []string{"2024-01-31 11:00:00+00", "2024-01-31 12:00:00+00"}, false, 0, []string{"2024-01-31 12:00:00+00"}},
		"uuid":       {"uuid", set("3F2B8C1E-0D4A-4E6F-9B7A-5C8D2E1F0A93"), []string{uuidA, uuidB}, false, 0, []string{uuidB}},
	})
}

func TestUniqueOfEveryType(t *testing.T) {
	t.Parallel()
	testColumn(t, expectation.ColumnValuesToBeUnique, map[string]columnCase{
		"char, blanks aside":  {"char(3)", nil, []string{"a", "a  ", "b"}, false, 0, []string{"a", "a"}},
		"varchar, with them":  {"varchar(3)", nil, []string{"a", "a  "}, true, 0, nil},
		"jsonb, by its value": {"jsonb", nil, []string{`{"a": 1, "b": 2}`, `{"b":2.0,"a":1}`, `{"a":"1","b":2}`}, false, 0, []string{`{"a": 1, "b": 2}`, `{"a": 1, "b": 2.0}`}},
		"moments":             {"timestamptz", nil, []string{"2024-01-31 12:00:00+00", "2024-01-31 13:00:00+01"}, false, 0, []string{"2024-01-31 12:00:00+00", "2024-01-31 12:00:00+00"}},
		"uuid":                {"uuid", nil, []string{uuidA, uuidB, null}, true, 1, nil},
		"NULL is not null":    {"jsonb", nil, []string{"null", null, null}, true, 2, nil},
	})
}
