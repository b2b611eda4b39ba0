package diff_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// extremes are values at the edges of a type, as a dataset writes them.
var extremes = map[string][]string{
	"smallint": {"-32768", "32767"}, "integer": {"-2147483648", "2147483647"}, "bigint": {"-9223372036854775808", "9223372036854775807"},
	"numeric(3,0)": {"-999", "999"}, "numeric(5,0)": {"99999"}, "numeric(10,0)": {"9999999999"}, "numeric(10,2)": {"99999999.99", "-99999999.99"},
	"numeric(12,2)": {"9999999999.99"}, "numeric(12,4)": {"99999999.9999"}, "numeric(19,0)": {"9999999999999999999"}, "numeric(21,2)": {"9999999999999999999.99"},
	"numeric": {"123456789012345678901234567890.123456789"}, "varchar(3)": {"äöü"}, "varchar(5)": {"abcde"}, "char(3)": {"abc"}, "char(5)": {"abcde"},
	"text": {"a text of any length"}, "date": {"9999-12-31"}, "boolean": nil, "uuid": nil, "jsonb": nil, "real": nil, "double precision": nil,
	"timestamp": nil, "timestamptz": nil,
}

// What is not refused loses nothing: each value of the one type is one of the other.
func TestNoChangeOfTypeThatIsNotRefusedLosesAValue(t *testing.T) {
	t.Parallel()
	looked := 0
	for from, values := range extremes {
		for to := range extremes {
			a, errA := columntype.Parse(from)
			b, errB := columntype.Parse(to)
			require.NoError(t, errA, from)
			require.NoError(t, errB, to)
			class := diff.OfType(a, b)
			require.Equal(t, from == to, class == diff.Metadata, "%s to %s", from, to)
			if class == diff.Refused {
				continue
			}
			for _, value := range values {
				looked++
				require.Empty(t, mistakes(t, to, value), "%s is a %s, and of a %s that becomes a %s (%s)", value, from, from, to, class)
			}
		}
	}
	require.Greater(t, looked, 60)
}

// And what people do most often is not refused for nothing.
func TestWhichChangesOfTypeAreNotRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from, to string
		want     diff.Class
	}{
		{"smallint", "integer", diff.Rewriting}, {"integer", "bigint", diff.Rewriting}, {"smallint", "bigint", diff.Rewriting},
		{"integer", "numeric(10,0)", diff.Rewriting}, {"integer", "numeric(3,0)", diff.Refused}, {"bigint", "numeric", diff.Rewriting},
		{"bigint", "numeric(21,2)", diff.Rewriting}, {"bigint", "numeric(10,2)", diff.Refused}, {"bigint", "integer", diff.Refused},
		{"numeric(10,2)", "numeric(12,2)", diff.Expanding}, {"numeric(10,2)", "numeric(12,4)", diff.Rewriting}, {"numeric(12,4)", "numeric(12,2)", diff.Refused},
		{"numeric(10,2)", "numeric", diff.Expanding}, {"numeric", "numeric(10,2)", diff.Refused}, {"numeric(10,2)", "integer", diff.Refused},
		{"varchar(3)", "varchar(5)", diff.Expanding}, {"varchar(3)", "text", diff.Expanding}, {"varchar(5)", "varchar(3)", diff.Refused}, {"text", "varchar(5)", diff.Refused},
		{"char(3)", "char(5)", diff.Rewriting}, {"char(3)", "varchar(3)", diff.Rewriting}, {"char(5)", "varchar(3)", diff.Refused}, {"char(3)", "text", diff.Rewriting},
		{"real", "double precision", diff.Refused}, {"date", "timestamp", diff.Refused}, {"timestamp", "timestamptz", diff.Refused}, {"text", "jsonb", diff.Refused},
		{"text", "uuid", diff.Refused}, {"boolean", "integer", diff.Refused}, {"integer", "text", diff.Refused},
	} {
		from, err := columntype.Parse(tc.from)
		require.NoError(t, err)
		to, err := columntype.Parse(tc.to)
		require.NoError(t, err)
		require.Equal(t, tc.want, diff.OfType(from, to), "%s to %s", tc.from, tc.to)
	}
}

// mistakes are those of a set with one value, on a column of a type.
func mistakes(t *testing.T, columnType, value string) []expectation.Mistake {
	t.Helper()
	kwargs, err := structpb.NewStruct(map[string]any{"column": "c", "value_set": []any{value}})
	require.NoError(t, err)
	table := &datasetv1.Table{Name: "t", Columns: []*datasetv1.Column{{Name: "c", Type: columnType}}}
	return expectation.Check(&nearest.Guesses{}, table, &datasetv1.Dataset{Tables: []*datasetv1.Table{table}},
		&datasetv1.Expectation{Type: expectation.ColumnValuesToBeInSet, Kwargs: kwargs})
}
