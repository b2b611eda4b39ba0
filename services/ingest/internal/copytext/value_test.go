package copytext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
)

var (
	text     = dataset.ColumnType{Name: dataset.Text}
	integer  = dataset.ColumnType{Name: dataset.Integer}
	bigint   = dataset.ColumnType{Name: dataset.BigInt}
	numeric  = dataset.ColumnType{Name: dataset.Numeric}
	money    = dataset.ColumnType{Name: dataset.Numeric, Precision: 6, Scale: 2}
	double   = dataset.ColumnType{Name: dataset.DoublePrecision}
	boolean  = dataset.ColumnType{Name: dataset.Boolean}
	date     = dataset.ColumnType{Name: dataset.Date}
	allTypes = []dataset.ColumnType{text, integer, bigint, numeric, money, double, boolean, date}
)

func TestTakesWhatFits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ      dataset.ColumnType
		in, want string
	}{
		{text, "plain", "plain"}, {text, "é ☃", "é ☃"}, {text, `\N`, `\\N`}, {text, `\.`, `\\.`},
		{text, "a\tb\nc\rd\\", `a\tb\nc\rd\\`}, {text, " spaced ", " spaced "}, {text, "\x01\x0b", "\x01\x0b"},
		{integer, "0", "0"}, {integer, "-0", "0"}, {integer, "007", "7"}, {integer, "+5", "5"},
		{integer, "2147483647", "2147483647"}, {integer, "-2147483648", "-2147483648"},
		{integer, "3.0", "3"}, {integer, "-12.000", "-12"}, {integer, "3.", "3"},
		{bigint, "9223372036854775807", "9223372036854775807"}, {bigint, "-9223372036854775808", "-9223372036854775808"},
		{numeric, "24.483650766787413", "24.483650766787413"}, {numeric, "16.0", "16.0"}, {numeric, ".5", ".5"},
		{numeric, "-0.00", "-0.00"}, {numeric, "1e-05", "1e-05"}, {numeric, "1.5E+3", "1.5E+3"}, {numeric, "0e999999", "0"},
		{money, "9999.99", "9999.99"}, {money, "9999.9900", "9999.9900"}, {money, "0009999.99", "0009999.99"},
		{money, "1e3", "1e3"}, {money, "0.5", "0.5"}, {money, "100e-2", "100e-2"},
		{double, "1e308", "1e308"}, {double, "4.9e-324", "4.9e-324"}, {double, "0.1", "0.1"}, {double, "0e-999", "0"},
		{boolean, "True", "t"}, {boolean, "FALSE", "f"}, {boolean, "t", "t"}, {boolean, "F", "f"},
		{boolean, "1", "t"}, {boolean, "0", "f"}, {boolean, "Yes", "t"}, {boolean, "no", "f"},
		{date, "2024-02-29", "2024-02-29"}, {date, "0001-01-01", "0001-01-01"}, {date, "2000-02-29", "2000-02-29"},
	} {
		got, fault := copytext.Append(nil, tc.typ, []byte(tc.in), false)

		require.Equal(t, copytext.OK, fault, "%s %q", tc.typ, tc.in)
		require.Equal(t, tc.want, string(got), "%s %q", tc.typ, tc.in)
	}
}

func TestNamesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ  dataset.ColumnType
		in   string
		want copytext.Fault
	}{
		{text, "a\x00b", copytext.HasNUL}, {text, "caf\xe9", copytext.NotUTF8},
		{integer, "3.5", copytext.NotWhole}, {integer, "1e3", copytext.NotWhole}, {integer, ".0", copytext.NotWhole},
		{integer, "2147483648", copytext.OutOfRange}, {integer, "-2147483649", copytext.OutOfRange},
		{integer, "99999999999999999999", copytext.OutOfRange}, {integer, "99999999999999999999x", copytext.NotNumber},
		{integer, "abc", copytext.NotNumber}, {integer, " 3", copytext.NotNumber}, {integer, "3 ", copytext.NotNumber},
		{integer, "-", copytext.NotNumber}, {integer, "1,000", copytext.NotNumber}, {integer, "NaN", copytext.NotFinite},
		{bigint, "9223372036854775808", copytext.OutOfRange}, {bigint, "-9223372036854775809", copytext.OutOfRange},
		{numeric, "NaN", copytext.NotFinite}, {numeric, "-Infinity", copytext.NotFinite}, {numeric, "inf", copytext.NotFinite},
		{numeric, "1.2.3", copytext.NotNumber}, {numeric, "0x10", copytext.NotNumber}, {numeric, "1_000", copytext.NotNumber},
		{numeric, ".", copytext.NotNumber}, {numeric, "1e", copytext.NotNumber}, {numeric, "1e+", copytext.NotNumber},
		{numeric, "N/A", copytext.NotNumber}, {numeric, "1e131072", copytext.TooManyDigits}, {numeric, "1e-16384", copytext.TooManyDecimals},
		{numeric, "1." + strings.Repeat("0", 20_000), copytext.TooManyDecimals},
		{money, "10000", copytext.TooManyDigits}, {money, "1e4", copytext.TooManyDigits}, {money, "1.005", copytext.TooManyDecimals},
		{money, "1e-3", copytext.TooManyDecimals},
		{double, "1e309", copytext.OutOfRange}, {double, "-1e999999", copytext.OutOfRange}, {double, "1e-400", copytext.OutOfRange},
		{double, "nan", copytext.NotFinite}, {double, "x", copytext.NotNumber},
		{boolean, "maybe", copytext.NotBoolean}, {boolean, "2", copytext.NotBoolean}, {boolean, "y", copytext.NotBoolean}, {boolean, "on", copytext.NotBoolean},
		{date, "2023-02-29", copytext.NoSuchDay}, {date, "1900-02-29", copytext.NoSuchDay}, {date, "2024-13-01", copytext.NoSuchDay},
		{date, "0000-01-01", copytext.NoSuchDay}, {date, "2024-01-00", copytext.NoSuchDay}, {date, "01/02/2024", copytext.NotDate},
		{date, "2024-1-1", copytext.NotDate}, {date, "2024-01-31 ", copytext.NotDate}, {date, "2024-O1-31", copytext.NotDate},
	} {
		_, fault := copytext.Append(nil, tc.typ, []byte(tc.in), false)

		require.Equal(t, tc.want.String(), fault.String(), "%s %q", tc.typ, tc.in)
	}
}

func TestAnEmptyFieldIsNullAndInQuotesEmptyText(t *testing.T) {
	t.Parallel()
	for _, typ := range allTypes {
		got, fault := copytext.Append(nil, typ, nil, false)
		require.Equal(t, copytext.OK, fault, typ)
		require.Equal(t, copytext.Null, string(got), typ)

		_, fault = copytext.Append(nil, typ, nil, true)
		if typ == text {
			require.Equal(t, copytext.OK, fault)
		} else {
			require.Equal(t, copytext.EmptyQuoted, fault, typ)
		}
	}
}

func TestExpectedNamesTheType(t *testing.T) {
	t.Parallel()
	for _, typ := range allTypes {
		require.True(t, strings.HasPrefix(copytext.Expected(typ), typ.SQL()+": "), typ)
	}
}
