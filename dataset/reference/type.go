package reference

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset"
)

// TypeDoc is what the page says of a type.
type TypeDoc struct {
	// Type as a dataset writes it, with an example's limits.
	Type string
	// Takes are fields of a file that a column of the type takes, Refuses those that
	// are rejected. A test stages them.
	Takes, Refuses []string
	// Zone is the column's time_zone, for the examples.
	Zone string
	// Says is what else there is to know.
	Says string
}

// Types are those that a column may have, in the order of the messages.
func Types() []TypeDoc {
	return []TypeDoc{
		{Type: "text", Takes: []string{"Zoë", " a ", "NA"}, Refuses: []string{"a\x00b", "caf\xe9"},
			Says: "UTF-8 without NUL bytes, kept as it is, blanks too. `\"\"` is an empty text."},
		{Type: "varchar(5)", Takes: []string{"abcde", "ab  "}, Refuses: []string{"abcdef", "abcde "},
			Says: "Text of at most n characters, of any number of bytes. Longer ones are rejected, also where only blanks are too many: PostgreSQL would cut them."},
		{Type: "char(3)", Takes: []string{"abc", "a", "a     "}, Refuses: []string{"abcd"},
			Says: "Text of at most n characters, filled up with blanks. Blanks at the end mean nothing: `a` and `a ` are one value, in keys and in the content hash too, and they are not counted. " +
				"A field of blanks alone is the empty value, and in a key a missing one."},
		{Type: "smallint", Takes: []string{"-32768", "7", "3.0"}, Refuses: []string{"32768", "1.5"}, Says: "A whole number of 16 bits."},
		{Type: "integer", Takes: []string{"2147483647", "+5", "3.0"}, Refuses: []string{"2147483648", "1,000", "1.000", "1e3"},
			Says: "A whole number of 32 bits. `3.0` is one, as programs write whole numbers beside empty fields; `1.000` is not, since it may have been meant as a thousand."},
		{Type: "bigint", Takes: []string{"9223372036854775807"}, Refuses: []string{"9223372036854775808"}, Says: "A whole number of 64 bits."},
		{Type: "numeric", Takes: []string{"24.483650766787413", ".5", "1e-05"}, Refuses: []string{"1,5", "NaN", "Infinity", "1e200000"},
			Says: "A decimal number, kept digit for digit: up to 131,072 digits before the point and 16,383 behind it."},
		{Type: "numeric(6,2)", Takes: []string{"9999.99", "0.5", "7.0", "1e3"}, Refuses: []string{"10000", "1.005", "1.000"},
			Says: "A decimal number of p digits, s of them behind the point. Nothing is rounded: what has more is rejected."},
		{Type: "real", Takes: []string{"0.1", "3.4e38"}, Refuses: []string{"3.5e38", "1e-46", "NaN"},
			Says: "A binary number of 32 bits: about 6 digits are kept. Numbers too large, or too near to 0, are rejected."},
		{Type: "double precision", Takes: []string{"0.1", "1e308"}, Refuses: []string{"1e309", "1e-400", "NaN"},
			Says: "A binary number of 64 bits: about 15 digits are kept."},
		{Type: "boolean", Takes: []string{"true", "False", "t", "F", "yes", "No", "1", "0"}, Refuses: []string{"y", "on", "2", "Y/N"},
			Says: "Letters of any case."},
		{Type: "date", Takes: []string{"2024-02-29", "0001-01-01"}, Refuses: []string{"2024-02-30", "29.02.2024", "02/29/2024", "2024-2-9", "2024-02-29 00:00:00"},
			Says: "YYYY-MM-DD, of the years 1 to 9999."},
		{Type: "timestamp", Takes: []string{"2024-02-29 12:34:56", "2024-02-29T12:34:56.123456", "2024-02-29 12:34", "2024-02-29"},
			Refuses: []string{"2024-02-29 12:34:56Z", "2024-02-29 24:00:00", "2016-12-31 23:59:60", "2024-02-29 12:00:00.1234567", "infinity", "44-03-15 BC"},
			Says: "A day and a time without a zone, kept as it is. A day alone is its midnight. A value with an offset is rejected, since PostgreSQL would drop it; so are a leap second and 24:00, " +
				"which it would make another time, and more digits than microseconds, unless they are zeros."},
		{Type: "timestamptz", Takes: []string{"2024-02-29 12:34:56+01:00", "2024-02-29T12:34:56.5Z", "2024-02-29 12:34 UTC", "2024-02-29 12:34:56-0530"},
			Refuses: []string{"2024-02-29 12:34:56", "2024-02-29 12:00:00 CET", "2016-12-31T23:59:60Z"},
			Says:    "A moment: a timestamp with its offset from UTC."},
		{Type: "timestamptz", Zone: "Europe/Berlin", Takes: []string{"2024-02-29 12:34:56", "2024-02-29", "2024-10-27 02:30:00+02:00"},
			Refuses: []string{"2024-03-31 02:30:00", "2024-10-27 02:30:00"},
			Says: "With `time_zone`, a value without an offset is the time on the clocks of that zone. A time that they skip in spring, or show twice in autumn, is rejected: it needs its offset. " +
				"Where the source has none to give, `timestamp` keeps what the clocks showed."},
		{Type: "uuid", Takes: []string{"3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93", "3F2B8C1E0D4A4E6F9B7A5C8D2E1F0A93", "{3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93}"}, Refuses: []string{"3f2b8c1e", "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a9x"},
			Says: "32 hexadecimal digits, in groups or in a row, in braces or without. However it is written, it is one value."},
		{Type: "jsonb", Takes: []string{`{"a": [1, 2.50, null]}`, `"text"`, "null", "1e3"},
			Refuses: []string{`{'a': 1}`, `{"a": 1, "a": 2}`, `"\u0000"`, `"\ud83d"`, "1e200000", strings.Repeat("[", 101) + strings.Repeat("]", 101)},
			Says: "JSON (RFC 8259), up to 100 levels deep, in UTF-8. Rejected is what jsonb cannot hold: `\\u0000`, half a surrogate pair, a number over the limits of numeric; and what it would drop without a word: " +
				"a name that an object has twice. `null` is JSON's null, which is a value; an empty field is NULL. Order of names, white space and zeros at the end of numbers make no difference."},
	}
}

// types writes the section on types.
func (p *page) types() {
	p.line("\n## Types\n\n" +
		"An empty field is NULL in a column of any type. An empty field in quotes, `\"\"`, is an empty text in text, varchar and char, and is rejected in a column of another type. " +
		"NULL, NA, `\\N` and the like are no words for NULL: they are rejected, or, in a text, kept as a text and noted. Which types may stand in a key: " +
		"those whose values compare exactly.\n")
	p.row("type", "in PostgreSQL", "in a key", "bytes in a row", "takes", "rejects", "")
	p.row("---", "---", "---", "---", "---", "---", "---")
	for _, t := range Types() {
		typ, _ := dataset.ParseType(t.Type) // a test holds them to be valid
		name := "`" + t.Type + "`"
		if t.Zone != "" {
			name += " `time_zone: " + t.Zone + "`"
		}
		key := "no"
		if typ.FitsKey() {
			key = "yes"
		}
		bytes, _ := typ.Width()
		p.row(name, typ.SQL(), key, fmt.Sprintf("%d", bytes), codes(t.Takes), codes(t.Refuses), t.Says)
	}
	p.line("\nBytes in a row are those of the longest value; longer ones are stored beside the row. A row has at most 8,160 bytes, and lint warns of tables whose rows may be wider.")
}

// codes writes fields as code, those that cannot be seen by their escapes.
func codes(fields []string) string {
	shown := make([]string, 0, len(fields))
	for _, f := range fields {
		if len(f) > 100 {
			f = f[:3] + "…" + f[len(f)-3:]
		}
		if quoted := fmt.Sprintf("%q", f); strings.Contains(quoted, `\x`) || f != strings.TrimSpace(f) {
			f = quoted
		}
		shown = append(shown, "`"+f+"`")
	}
	return strings.Join(shown, ", ")
}
