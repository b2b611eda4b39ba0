package expectation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
)

func TestWhichValuesFitAColumn(t *testing.T) {
	t.Parallel()
	text := func(s string) Value { return Value{Kind: TextValue, Text: s} }
	number := func(s string) Value { return Value{Kind: NumberValue, Text: s} }
	for _, tc := range []struct {
		typ   string
		value Value
		want  string
	}{
		{"smallint", number("32767"), ""},
		{"smallint", number("32768"), "expected a whole number of 16 bits, found 32768"},
		{"real", number("0.1"), ""},
		{"real", number("400000000000000000000000000000000000000"), "expected a number that a real holds, up to 3.4028235e+38 in size, found 400000000000000000000000000000000000000"},
		{"real", text("0.00000000000000000000000000000000000000000000000001"), `expected a number that a real holds, found "0.00000000000000000000000000000000000000000000000001", which is too near to 0: write 0`},
		{"varchar(3)", text("äöü"), ""},
		{"varchar(3)", text("äöü "), ""}, // no value of the column, and harmless
		{"varchar(3)", text("äöüß"), `expected a text of at most 3 characters, found "äöüß"`},
		{"varchar(3)", number("1"), "expected a text, found 1: put it in quotes"},
		{"char(2)", text("a    "), ""},
		{"timestamp", text("2024-01-31"), ""},
		{"timestamp", text("2024-01-31T12:00:00Z"), `expected a timestamp as YYYY-MM-DD hh:mm:ss, without an offset, found "2024-01-31T12:00:00Z"`},
		{"timestamp", text("2024-01-31 24:00"), `expected a timestamp as YYYY-MM-DD hh:mm:ss, without an offset, found "2024-01-31 24:00"`},
		{"timestamptz", text("2024-01-31T12:00:00Z"), ""},
		{"timestamptz", text("2024-01-31"), `expected a timestamp with its offset, such as 2024-01-31 12:00:00+01:00, found "2024-01-31"`},
		{"uuid", text("3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93"), ""},
		{"uuid", text("3f2b8c1e"), `expected a UUID, such as 3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93, found "3f2b8c1e"`},
		{"jsonb", text("{}"), `expected a column of another type: a value of jsonb is compared with no other, found "{}"`},
	} {
		typ, err := columntype.Parse(tc.typ)
		require.NoError(t, err)
		if err = fits(tc.value, typ); tc.want == "" {
			require.NoError(t, err, "%s %s", typ, tc.value)
		} else {
			require.EqualError(t, err, tc.want)
		}
	}
}

func TestTheOrderOfValues(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ, a, b string
		want      int
	}{
		{"timestamp", "2024-01-31", "2024-01-31T00:00", 0},
		{"timestamp", "2024-01-31 12:00", "2024-01-31T11:59:59.999", 1},
		{"timestamptz", "2024-01-31 12:00+01:00", "2024-01-31 11:00Z", 0},
		{"timestamptz", "2024-01-31 12:00+01:00", "2024-01-31 12:00Z", -1},
		{"uuid", "3F2B8C1E-0D4A-4E6F-9B7A-5C8D2E1F0A93", "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93", 0},
		{"char(3)", "a ", "a", 0},
		{"varchar(3)", "a ", "a", 1},
		{"smallint", "10", "9", 1},
		{"real", "1.0", "1", 0},
	} {
		typ, err := columntype.Parse(tc.typ)
		require.NoError(t, err)
		order := valuesOf[typ.Name].order
		require.Equal(t, tc.want, order(Value{Kind: TextValue, Text: tc.a}, Value{Kind: TextValue, Text: tc.b}), "%s: %s and %s", typ, tc.a, tc.b)
	}
}
