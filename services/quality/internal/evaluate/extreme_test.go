package evaluate_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
)

// What the lint lets pass as a bound or a value of a set is never an error of
// PostgreSQL's, at either end of any type.
func TestTheEndsOfEveryTypeAreBoundsThatPostgreSQLTakes(t *testing.T) {
	t.Parallel()
	tiny := "0." + strings.Repeat("0", 1000) + "1"
	huge := strings.Repeat("9", 1000)
	ends := map[string][]any{
		"smallint":         {"-32768", 32767, "+7"},
		"real":             {"340282346638528859811704183484516925440", 0.1},
		"integer":          {"-2147483648", 2147483647, "-0", "+7", "007"},
		"bigint":           {"-9223372036854775808", "9223372036854775807", "+0"},
		"numeric":          {tiny, huge, "-" + huge, 1e300, 5e-324},
		"numeric(4,2)":     {"-99.99", "99.99", 0.5},
		"double precision": {5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, "0." + strings.Repeat("0", 1000), 0.1},
		"date":             {"0001-01-01", "9999-12-31", "2024-02-29"},
		"timestamp":        {"0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "2024-02-29T12:30:00"},
		"timestamptz":      {"2024-02-29T12:30:00Z", "9999-12-31 23:59:59.999999+00:00"},
		"uuid":             {"00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"},
		"varchar(3)":       {"", "abc", "日本語"},
		"char(3)":          {"", "abc", "a"},
		"text":             {"", "\x01", "\u2028", `\`, strings.Repeat("x", 100_000)},
	}
	db := newDatabase(t)
	for columnType, values := range ends {
		t.Run(columnType, func(t *testing.T) {
			t.Parallel()
			for _, value := range values {
				o := db.one(t, expectation.ColumnValuesToBeBetween, columnType, map[string]any{"column": "c", "min_value": value}, null)
				require.Empty(t, o.Exception, "%.40v", value)
				require.True(t, o.Holds)
			}
			o := db.one(t, expectation.ColumnValuesToBeInSet, columnType, map[string]any{"column": "c", "value_set": values}, null)
			require.Empty(t, o.Exception)
			require.Equal(t, int64(1), o.Missing)
		})
	}
}

// A bound may have more decimals than the column, however many.
func TestABoundOfMoreDecimalsThanTheColumnIsOneThatPostgreSQLTakes(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	for _, bound := range []any{"0." + strings.Repeat("0", 1000) + "1", "1.005", 5e-324} {
		o := db.one(t, expectation.ColumnValuesToBeBetween, "numeric(4,2)", map[string]any{"column": "c", "min_value": bound}, "1.01", "99.99")
		require.Empty(t, o.Exception, "%.40v", bound)
		require.True(t, o.Holds, "%.40v", bound)
	}
}
