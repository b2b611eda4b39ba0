package copytext_test

import (
	"math/big"
	"regexp"
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
	whole    = dataset.ColumnType{Name: dataset.Numeric, Precision: 6}
	tenths   = dataset.ColumnType{Name: dataset.Numeric, Precision: 6, Scale: 1}
	double   = dataset.ColumnType{Name: dataset.DoublePrecision}
	boolean  = dataset.ColumnType{Name: dataset.Boolean}
	date     = dataset.ColumnType{Name: dataset.Date}
	smallint = dataset.ColumnType{Name: dataset.SmallInt}
	single   = dataset.ColumnType{Name: dataset.Real}
	varchar  = dataset.ColumnType{Name: dataset.VarChar, Length: 5}
	char     = dataset.ColumnType{Name: dataset.Char, Length: 3}
	local    = dataset.ColumnType{Name: dataset.Timestamp}
	instant  = dataset.ColumnType{Name: dataset.TimestampTZ}
	uuid     = dataset.ColumnType{Name: dataset.UUID}
	jsonb    = dataset.ColumnType{Name: dataset.JSONB}
	allTypes = []dataset.ColumnType{
		text, integer, bigint, numeric, money, double, boolean, date, smallint, single, varchar, char, local, instant, uuid, jsonb,
	}
)

func TestTakesWhatFits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ      dataset.ColumnType
		in, want string
	}{
		{text, "plain", "plain"}, {text, `\.`, `\\.`}, {text, "NA", "NA"}, {text, "null and void", "null and void"},
		{text, "a\rb", `a\rb`}, {text, "a\tb\nc\rd\\", `a\tb\nc\rd\\`}, {text, " spaced ", " spaced "}, {text, "\x01\x0b", "\x01\x0b"},
		{integer, "0", "0"}, {integer, "-0", "0"}, {integer, "+5", "5"}, {integer, "100", "100"},
		{integer, "2147483647", "2147483647"}, {integer, "-2147483648", "-2147483648"},
		{integer, "3.0", "3"}, {integer, "-12.0", "-12"}, {integer, "0.0", "0"},
		{bigint, "9223372036854775807", "9223372036854775807"}, {bigint, "-9223372036854775808", "-9223372036854775808"},
		{numeric, "24.483650766787413", "24.483650766787413"}, {numeric, "16.0", "16.0"}, {numeric, ".5", ".5"},
		{numeric, "-0.00", "-0.00"}, {numeric, "1e-05", "1e-05"}, {numeric, "1.5E+3", "1.5E+3"}, {numeric, "0e999999", "0"},
		{money, "9999.99", "9999.99"}, {money, "0.5", "0.5"}, {whole, "7.0", "7.0"}, {tenths, "7.0", "7.0"}, {money, "-0.50", "-0.50"},
		{money, "1e3", "1e3"}, {money, "0.5", "0.5"}, {money, "100e-2", "100e-2"},
		{double, "1e308", "1e308"}, {double, "4.9e-324", "4.9e-324"}, {double, "0.1", "0.1"}, {double, "0e-999", "0"},
		{smallint, "32767", "32767"}, {smallint, "-32768", "-32768"}, {smallint, "3.0", "3"},
		{single, "3.4028235e38", "3.4028235e38"}, {single, "1.4e-45", "1.4e-45"}, {single, "0.1", "0.1"}, {single, "-0", "0"}, {single, "16777217", "16777217"},
		{varchar, "abcde", "abcde"}, {varchar, "ab   ", "ab   "}, {varchar, "a\\b", "a\\\\b"},
		{char, "abc", "abc"}, {char, "a", "a"}, {char, "a  ", "a"}, {char, "abc     ", "abc"}, {char, "   ", ""}, {char, " a", " a"},
		{boolean, "True", "t"}, {boolean, "FALSE", "f"}, {boolean, "t", "t"}, {boolean, "F", "f"},
		{boolean, "1", "t"}, {boolean, "0", "f"}, {boolean, "Yes", "t"}, {boolean, "no", "f"},
		{date, "2024-02-29", "2024-02-29"}, {date, "0001-01-01", "0001-01-01"}, {date, "2000-02-29", "2000-02-29"},
	} {
		got, fault := copytext.Of(tc.typ, nil).Append(nil, []byte(tc.in), false)

		require.Equal(t, copytext.OK, fault, "%s %q", tc.typ, tc.in)
		require.Equal(t, tc.want, string(got), "%s %q", tc.typ, tc.in)
	}
}

func TestSaysWhatIsOddOfWhatFits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typ      dataset.ColumnType
		in, want string
		fault    copytext.Fault
	}{
		{text, "é ☃", "é ☃", copytext.NotASCII}, {text, "a\u00a0", "a\u00a0", copytext.NotASCII}, {text, "a\ufeff", "a\ufeff", copytext.NotASCII},
		{varchar, "ééééé", "ééééé", copytext.NotASCII}, {char, "é☃x   ", "é☃x", copytext.NotASCII}, {char, "nan ", "nan", copytext.ReadsNull},
		{smallint, "007", "7", copytext.LeadingZeros}, {single, "007", "007", copytext.LeadingZeros},
		{text, `\N`, `\\N`, copytext.ReadsNull}, {text, "NULL", "NULL", copytext.ReadsNull}, {text, "nan", "nan", copytext.ReadsNull},
		{text, "N/A", "N/A", copytext.ReadsNull}, {text, "n/a", "n/a", copytext.ReadsNull}, {text, "#N/A", "#N/A", copytext.SheetError},
		{text, "#REF!", "#REF!", copytext.SheetError}, {text, "#DIV/0!", "#DIV/0!", copytext.SheetError}, {varchar, "#NUM!", "#NUM!", copytext.SheetError},
		{text, "#VALUE!", "#VALUE!", copytext.SheetError}, {text, "#NAME?", "#NAME?", copytext.SheetError}, {text, "#NULL!", "#NULL!", copytext.SheetError},
		{text, "#1", "#1", copytext.OK}, {text, "#ref!", "#ref!", copytext.OK}, {text, "see #REF!", "see #REF!", copytext.OK}, {text, "#", "#", copytext.OK},
		{text, "Caf\ufffd", "Caf\ufffd", copytext.Replaced}, {text, "\ufffd", "\ufffd", copytext.Replaced}, {char, "\ufffd ", "\ufffd", copytext.Replaced},
		{text, "\uffee\uffed", "\uffee\uffed", copytext.NotASCII}, {text, "\ufeb0\ufffd", "\ufeb0\ufffd", copytext.Replaced},
		{jsonb, "{\"a\": \"\ufffd\"}", "{\"a\": \"\ufffd\"}", copytext.Replaced}, {jsonb, `{"a": "é"}`, `{"a": "é"}`, copytext.OK},
		{text, "None", "None", copytext.ReadsNull}, {text, "-", "-", copytext.ReadsNull}, {text, "NA", "NA", copytext.OK}, {text, "--", "--", copytext.OK},
		{integer, "00501", "501", copytext.LeadingZeros}, {integer, "-007", "-7", copytext.LeadingZeros}, {integer, "00", "0", copytext.LeadingZeros},
		{bigint, "01.0", "1", copytext.LeadingZeros}, {numeric, "00501", "00501", copytext.LeadingZeros}, {numeric, "+01.5", "+01.5", copytext.LeadingZeros},
		{money, "0009999.99", "0009999.99", copytext.LeadingZeros}, {double, "007", "007", copytext.LeadingZeros}, {double, "00e1", "0", copytext.LeadingZeros},
	} {
		got, fault := copytext.Of(tc.typ, nil).Append(nil, []byte(tc.in), false)

		require.True(t, fault.Fits())
		require.Equal(t, tc.fault.String(), fault.String(), "%s %q", tc.typ, tc.in)
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
		{text, "x\r", copytext.StrayReturn}, {text, "\rx", copytext.StrayReturn}, {text, "\r", copytext.StrayReturn},
		{text, "\ufeffx", copytext.StrayMark}, {text, "\ufeff", copytext.StrayMark},
		{integer, "3\r", copytext.StrayReturn}, {date, "\r2024-01-31", copytext.StrayReturn}, {double, "\ufeff1", copytext.StrayMark},
		{integer, "1.000", copytext.ZerosAfterPoint}, {integer, "1.00", copytext.ZerosAfterPoint}, {bigint, "-12.000", copytext.ZerosAfterPoint},
		{integer, "3.", copytext.NotWhole}, {integer, "1.000.000", copytext.Separated}, {integer, "1.001", copytext.NotWhole},
		{money, "1.000", copytext.ZerosAfterPoint}, {money, "9999.9900", copytext.ZerosAfterPoint}, {whole, "1.000", copytext.ZerosAfterPoint},
		{tenths, "1.00", copytext.ZerosAfterPoint}, {money, "1000e-3", copytext.ZerosAfterPoint}, {whole, "1.5", copytext.TooManyDecimals},
		{integer, "NULL", copytext.NullWord}, {numeric, `\N`, copytext.NullWord}, {date, "none", copytext.NullWord}, {boolean, "N/A", copytext.NullWord},
		{double, "NaN", copytext.NullWord}, {integer, "NA", copytext.NullWord}, {integer, " null ", copytext.NullWord},
		{integer, "3\u00a0", copytext.Blanks}, {integer, "\t3", copytext.Blanks}, {date, " 2024-01-31", copytext.Blanks}, {boolean, "true ", copytext.Blanks},
		{integer, "  ", copytext.Blanks}, {integer, " x ", copytext.NotNumber}, {date, "2023-02-29 ", copytext.NoSuchDay},
		{integer, "3.5", copytext.NotWhole}, {integer, "1e3", copytext.NotWhole}, {integer, ".0", copytext.NotWhole},
		{integer, "2147483648", copytext.OutOfRange}, {integer, "-2147483649", copytext.OutOfRange},
		{integer, "99999999999999999999", copytext.OutOfRange}, {integer, "99999999999999999999x", copytext.NotNumber},
		{integer, "abc", copytext.NotNumber}, {integer, " 3", copytext.Blanks}, {integer, "3 ", copytext.Blanks},
		{integer, "-", copytext.NotNumber}, {integer, "1,000", copytext.Separated}, {integer, "-inf", copytext.NotFinite},
		{bigint, "9223372036854775808", copytext.OutOfRange}, {bigint, "-9223372036854775809", copytext.OutOfRange},
		{numeric, "+NaN", copytext.NotFinite}, {numeric, "-Infinity", copytext.NotFinite}, {numeric, "inf", copytext.NotFinite},
		{numeric, "1,000.50", copytext.Separated}, {money, "1.234,50", copytext.Separated}, {double, "3,5", copytext.Separated},
		{single, "-1,234,567.8", copytext.Separated}, {bigint, "+1.234.567,89", copytext.Separated}, {smallint, "3,5", copytext.Separated},
		{integer, "99999999999999999999,5", copytext.Separated}, {numeric, "1,000,000", copytext.Separated}, {numeric, "1000,5", copytext.Separated},
		{numeric, "1,2,3", copytext.NotNumber}, {numeric, "1,000.500.000", copytext.NotNumber}, {numeric, "1000,000.5", copytext.NotNumber},
		{numeric, ",5", copytext.NotNumber}, {numeric, "5,", copytext.NotNumber}, {numeric, "1,,000", copytext.NotNumber},
		{numeric, ",", copytext.NotNumber}, {numeric, "1,5e3", copytext.NotNumber}, {numeric, "1,00x", copytext.NotNumber},
		{numeric, "1.2.3", copytext.NotNumber}, {numeric, "0x10", copytext.NotNumber}, {numeric, "1_000", copytext.NotNumber},
		{numeric, ".", copytext.NotNumber}, {numeric, "1e", copytext.NotNumber}, {numeric, "1e+", copytext.NotNumber},
		{numeric, "1e131072", copytext.TooManyDigits}, {numeric, "1e-16384", copytext.TooManyDecimals},
		{numeric, "1." + strings.Repeat("0", 20_000), copytext.TooManyDecimals},
		{money, "10000", copytext.TooManyDigits}, {money, "1e4", copytext.TooManyDigits}, {money, "1.005", copytext.TooManyDecimals},
		{money, "1e-3", copytext.TooManyDecimals},
		{double, "1e309", copytext.OutOfRange}, {double, "-1e999999", copytext.OutOfRange}, {double, "1e-400", copytext.OutOfRange},
		{double, "-nan", copytext.NotFinite}, {double, "x", copytext.NotNumber},
		{smallint, "32768", copytext.OutOfRange}, {smallint, "-32769", copytext.OutOfRange}, {smallint, "1.5", copytext.NotWhole}, {smallint, "x", copytext.NotNumber},
		{single, "3.5e38", copytext.OutOfRange}, {single, "-1e39", copytext.OutOfRange}, {single, "1e-46", copytext.OutOfRange}, {single, "-nan", copytext.NotFinite},
		{varchar, "abcdef", copytext.TooLong}, {varchar, "abcde ", copytext.TooLong}, {varchar, "a\x00", copytext.HasNUL}, {varchar, "\xff", copytext.NotUTF8},
		{varchar, "éééééé", copytext.TooLong}, {char, "abcd", copytext.TooLong}, {char, " abc", copytext.TooLong}, {char, "abc\t", copytext.TooLong},
		{uuid, "NULL", copytext.NullWord}, {local, "NaT", copytext.NullWord}, {jsonb, "None", copytext.NullWord}, {instant, " 2024-01-31T00:00Z", copytext.Blanks},
		{uuid, "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93\r", copytext.StrayReturn}, {jsonb, "\ufeff{}", copytext.StrayMark},
		{boolean, "maybe", copytext.NotBoolean}, {boolean, "2", copytext.NotBoolean}, {boolean, "y", copytext.NotBoolean}, {boolean, "on", copytext.NotBoolean},
		{date, "2023-02-29", copytext.NoSuchDay}, {date, "1900-02-29", copytext.NoSuchDay}, {date, "2024-13-01", copytext.NoSuchDay},
		{date, "0000-01-01", copytext.NoSuchDay}, {date, "2024-01-00", copytext.NoSuchDay}, {date, "01/02/2024", copytext.NotDate},
		{date, "2024-1-1", copytext.NotDate}, {date, "2024-O1-31", copytext.NotDate},
	} {
		_, fault := copytext.Of(tc.typ, nil).Append(nil, []byte(tc.in), false)

		require.False(t, fault.Fits(), "%s %q", tc.typ, tc.in)
		require.Equal(t, tc.want.String(), fault.String(), "%s %q", tc.typ, tc.in)
	}
}

// What is in quotes was meant: a CR is text there, and so is NULL.
func TestQuotesKeepWhatTheyHold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"\rx\r": `\rx\r`, "NULL": "NULL", `\N`: `\\N`} {
		got, fault := copytext.Of(text, nil).Append(nil, []byte(in), true)

		require.Equal(t, copytext.OK, fault, "%q", in)
		require.Equal(t, want, string(got))
	}
	_, fault := copytext.Of(text, nil).Append(nil, []byte("\ufeffx"), true)
	require.Equal(t, copytext.StrayMark, fault, "a mark in quotes is as invisible as one outside")
}

func TestEveryFaultSaysWhatToDo(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for f := copytext.OK; f <= copytext.HalfPair; f++ {
		require.NotEmpty(t, f.String(), "fault %d", f)
		require.False(t, seen[f.String()], "%s stands for two faults", f)
		seen[f.String()] = true
		require.True(t, strings.HasSuffix(f.Mend(), "."), f.Mend())
	}
	require.Contains(t, copytext.LeadingZeros.Mend(), "a code is no number")
	require.Contains(t, copytext.NullWord.Mend(), "an empty field for NULL")
	require.Contains(t, copytext.Blanks.Mend(), "trim: true")
}

// FuzzNumbers holds the numbers to arbitrary precision: what fits is written as the
// number that stood in the file.
func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"1", "-0", "00501", "1.000", "3.0", "1e3", "-12.50", ".5", "5.", "9223372036854775807", "99999.99", "1e-5", "+7"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if in == "" || len(in) > 60 || strings.ContainsAny(in, "eE_/xXoObBpP") && !tame.MatchString(in) {
			return
		}
		for _, typ := range []dataset.ColumnType{integer, bigint, numeric, money, whole, tenths, double} {
			got, fault := copytext.Of(typ, nil).Append([]byte("kept"), []byte(in), false)
			if !fault.Fits() {
				continue
			}
			want, ok := new(big.Rat).SetString(strings.TrimSuffix(in, "."))
			require.True(t, ok, "%s %q is no number, and fits", typ, in)
			written, ok := new(big.Rat).SetString(strings.TrimSuffix(strings.TrimPrefix(string(got), "kept"), "."))
			require.True(t, ok, "%s %q is written as %q", typ, in, got)
			require.Zero(t, want.Cmp(written), "%s %q is written as %q", typ, in, got)
			if _, after, pointed := strings.Cut(in, "."); pointed && typ.IsWhole() {
				require.Equal(t, "0", after, "%s %q", typ, in)
			}
		}
	})
}

// tame is a number with an exponent that arbitrary precision can bear.
var tame = regexp.MustCompile(`^[-+]?[0-9.]+[eE][-+]?[0-9]{1,2}$`)

func TestAnEmptyFieldIsNullAndInQuotesEmptyText(t *testing.T) {
	t.Parallel()
	for _, typ := range allTypes {
		got, fault := copytext.Of(typ, nil).Append(nil, nil, false)
		require.Equal(t, copytext.OK, fault, typ)
		require.Equal(t, copytext.Null, string(got), typ)

		_, fault = copytext.Of(typ, nil).Append(nil, nil, true)
		if typ.IsText() {
			require.Equal(t, copytext.OK, fault)
		} else {
			require.Equal(t, copytext.EmptyQuoted, fault, typ)
		}
	}
}

func TestValuesThatMayBeCutShort(t *testing.T) {
	t.Parallel()
	for _, typ := range allTypes {
		require.True(t, copytext.Of(typ, nil).MayBeCut(nil), "%s: nothing may be left of anything", typ)
	}
	for _, tc := range []struct {
		typ  dataset.ColumnType
		in   string
		want bool
	}{
		{text, "a", true}, {integer, "12", true}, {numeric, "1.5", true}, {local, "2024-01-31 12:00", true}, {varchar, "ab", true},
		{date, "2024-01-31", false}, {uuid, "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93", false},
		{boolean, "t", true}, {boolean, "F", true}, {boolean, "true", false}, {boolean, "no", false}, {boolean, "1", false},
		{jsonb, "12", true}, {jsonb, "{}", false}, {jsonb, "[1]", false}, {jsonb, `"x"`, false},
	} {
		require.Equal(t, tc.want, copytext.Of(tc.typ, nil).MayBeCut([]byte(tc.in)), "%s %q", tc.typ, tc.in)
	}
}

func TestExpectedNamesTheType(t *testing.T) {
	t.Parallel()
	for _, typ := range allTypes {
		require.True(t, strings.HasPrefix(copytext.Of(typ, nil).Expected(copytext.NotNumber), typ.String()+": "), typ)
	}
	require.Equal(t, "date: a day of the calendar, YYYY-MM-DD", copytext.Of(date, nil).Expected(copytext.NoSuchDay))
	require.Equal(t, "real: 0, or a number from 1.4e-45 to 3.4e38 in size", copytext.Of(single, nil).Expected(copytext.OutOfRange))
	require.Equal(t, "real: a finite decimal number", copytext.Of(single, nil).Expected(copytext.NotNumber))
}
