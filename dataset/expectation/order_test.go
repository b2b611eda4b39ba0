package expectation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
)

// ascending are values of each type that has an order, from the least to the greatest.
var ascending = map[columntype.Name][]string{
	columntype.Text: {"", " ", "10", "9", "Z", "a", "é", "日"}, columntype.VarChar: {"", "B", "a", "a ", "ab"}, columntype.Char: {"", "B", "a", "ab"},
	columntype.SmallInt: {"-32768", "-1", "0", "9", "10", "32767"}, columntype.Integer: {"-2147483648", "-10", "-9", "0", "2147483647"},
	columntype.BigInt:  {"-9223372036854775808", "9007199254740992", "9007199254740993", "9223372036854775807"},
	columntype.Numeric: {"-100", "-99.999", "0", "0.1", "0.10000000000000000001", "9.5", "10"},
	columntype.Real:    {"-1.5", "0", "0.1", "16777216"}, columntype.DoublePrecision: {"-1", "0.1", "0.30000000000000004", "2"},
	columntype.Date: {"0001-01-01", "1999-12-31", "2000-01-01", "9999-12-31"}, columntype.Timestamp: {"2024-01-31", "2024-01-31 00:00:00.000001", "2024-01-31T09:00", "2024-02-01"},
	columntype.TimestampTZ: {"2024-01-31 12:00+02:00", "2024-01-31 11:00Z", "2024-01-31 12:00Z", "2024-01-31 12:00-01:00"},
	columntype.UUID:        {"00000000-0000-0000-0000-000000000000", "3F2B8C1E-0D4A-4E6F-9B7A-5C8D2E1F0A93", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
}

// Bounds are compared as PostgreSQL compares values of the type: numbers as numbers with
// every digit, moments as moments, and texts by their bytes.
func TestValuesOfEveryTypeHaveTheirOrder(t *testing.T) {
	t.Parallel()
	for _, name := range columntype.Names() {
		known := valuesOf[name]
		if known.order == nil {
			require.Contains(t, []columntype.Name{columntype.Boolean, columntype.JSONB}, name)
			continue
		}
		values := ascending[name]
		require.NotEmpty(t, values, "%s has an order, and no values here", name)
		for i, low := range values {
			a := Value{Kind: TextValue, Text: low}
			require.NoError(t, known.fits(a), "%s %s", name, low)
			require.Zero(t, known.order(a, a), "%s %s", name, low)
			for _, high := range values[i+1:] {
				b := Value{Kind: TextValue, Text: high}
				require.Negative(t, known.order(a, b), "%s: %s and %s", name, low, high)
				require.Positive(t, known.order(b, a), "%s: %s and %s", name, high, low)
			}
		}
	}
}
