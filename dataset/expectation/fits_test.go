package expectation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/expectation"
)

func TestFitsTextTakesWhatPostgreSQLCasts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ takes, refuses []string }{
		"text":          {[]string{"", "a'b", "true"}, []string{"\x00"}},
		"char(2)":       {[]string{"de", "d   "}, []string{"ger"}},
		"integer":       {[]string{"0", "-7"}, []string{"", "1.5", "9999999999", "true", "1e3"}},
		"numeric(12,2)": {[]string{"1.25", "-0"}, []string{"NaN", "one"}},
		"boolean":       {[]string{"true", "false"}, []string{"t", "TRUE", "1", ""}},
		"date":          {[]string{"2024-02-29"}, []string{"2024-02-30", "today"}},
		"timestamptz":   {[]string{"2024-02-29T12:00:00Z"}, []string{"2024-02-29T12:00:00"}},
		"uuid":          {[]string{"00000000-0000-0000-0000-000000000000"}, []string{"0"}},
		"jsonb":         {nil, []string{"{}"}},
	}
	for declared, test := range tests {
		columnType, err := columntype.Parse(declared)
		require.NoError(t, err)
		for _, text := range test.takes {
			require.NoError(t, expectation.FitsText(text, columnType), "%s %q", declared, text)
		}
		for _, text := range test.refuses {
			require.Error(t, expectation.FitsText(text, columnType), "%s %q", declared, text)
		}
	}
}

func TestFitsOrderRefusesWhatHasNone(t *testing.T) {
	t.Parallel()
	for _, declared := range []string{"text", "integer", "date", "uuid", "numeric"} {
		columnType, err := columntype.Parse(declared)
		require.NoError(t, err)
		require.NoError(t, expectation.FitsOrder(columnType), declared)
	}
	require.EqualError(t, expectation.FitsOrder(columntype.Type{Name: columntype.Boolean}),
		"expected a column whose values have an order, found one that is boolean")
	require.Error(t, expectation.FitsOrder(columntype.Type{Name: columntype.JSONB}))
}
