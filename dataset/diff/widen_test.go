package diff_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
)

func TestClassOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from, to string
		want     diff.Class
	}{
		{"int", "integer", diff.Metadata},
		{"numeric(12, 2)", "numeric(12,2)", diff.Metadata},
		{"numeric(12,2)", "numeric(13,2)", diff.Expanding},
		{"numeric(12,2)", "numeric", diff.Expanding},
		{"numeric(12,2)", "numeric(14,4)", diff.Rewriting},
		{"numeric(12,2)", "numeric(13,4)", diff.Refused}, // a whole digit less
		{"numeric(12,2)", "numeric(12,1)", diff.Refused},
		{"numeric(12,2)", "numeric(11,2)", diff.Refused},
		{"numeric", "numeric(1000,2)", diff.Refused},
		{"integer", "bigint", diff.Rewriting},
		{"bigint", "integer", diff.Refused},
		{"integer", "numeric", diff.Rewriting},
		{"integer", "numeric(10)", diff.Rewriting},
		{"integer", "numeric(12,2)", diff.Rewriting},
		{"integer", "numeric(11,2)", diff.Refused},
		{"bigint", "numeric(19,0)", diff.Rewriting},
		{"bigint", "numeric(18,0)", diff.Refused},
		{"numeric(5,0)", "integer", diff.Refused},
		{"integer", "double precision", diff.Refused},
		{"double precision", "numeric", diff.Refused},
		{"text", "date", diff.Refused},
		{"date", "text", diff.Refused},
		{"boolean", "integer", diff.Refused},
		{"integer", "boolean", diff.Refused},
		{"varchar(3)", "varchar(4)", diff.Expanding},
		{"varchar(3)", "text", diff.Expanding},
		{"varchar(3)", "varchar(2)", diff.Refused},
		{"text", "varchar(3)", diff.Refused},
		{"char(3)", "char(4)", diff.Rewriting},
		{"char(3)", "text", diff.Rewriting},
		{"char(3)", "varchar(3)", diff.Rewriting},
		{"char(3)", "varchar(2)", diff.Refused},
		{"varchar(3)", "char(3)", diff.Refused}, // blanks at the end would mean nothing
		{"smallint", "integer", diff.Rewriting},
		{"smallint", "numeric(5)", diff.Rewriting},
		{"integer", "smallint", diff.Refused},
		{"real", "double precision", diff.Refused}, // 0.1 would be 0.10000000149011612
		{"date", "timestamp", diff.Refused},
		{"timestamp", "timestamptz", diff.Refused},
		{"jsonb", "text", diff.Refused},
	} {
		from, err := dataset.ParseType(tc.from)
		require.NoError(t, err)
		to, err := dataset.ParseType(tc.to)
		require.NoError(t, err)
		require.Equal(t, tc.want, diff.OfType(from, to), "%s → %s", tc.from, tc.to)
	}
}
