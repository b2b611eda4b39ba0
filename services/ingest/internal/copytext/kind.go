package copytext

import (
	"bytes"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/dataset"
)

// Column judges and writes the values of one column.
type Column struct {
	typ  dataset.ColumnType
	zone *time.Location
	kind
}

// kind is how the values of a type are judged and written.
type kind struct {
	// append appends a value that is not empty.
	append func(c *Column, dst, v []byte, quoted bool) ([]byte, Fault)
	// expected says what the column takes, for people.
	expected func(c *Column) string
}

// kinds are those of all types.
var kinds = map[dataset.TypeName]kind{
	dataset.Text:            {(*Column).text, says("text: UTF-8 without NUL bytes")},
	dataset.VarChar:         {(*Column).limited, (*Column).expectedText},
	dataset.Char:            {(*Column).limited, (*Column).expectedText},
	dataset.SmallInt:        {whole(1 << 15), says("smallint: a whole number from -32768 to 32767")},
	dataset.Integer:         {whole(1 << 31), says("integer: a whole number from -2147483648 to 2147483647")},
	dataset.BigInt:          {whole(1 << 63), says("bigint: a whole number from -9223372036854775808 to 9223372036854775807")},
	dataset.Numeric:         {(*Column).numeric, (*Column).expectedDecimal},
	dataset.Real:            {floating(32), (*Column).expectedDecimal},
	dataset.DoublePrecision: {floating(64), (*Column).expectedDecimal},
	dataset.Boolean:         {plain(appendBoolean), says("boolean: true, false, t, f, yes, no, 1 or 0")},
	dataset.Date:            {plain(appendDate), says("date: YYYY-MM-DD")},
	dataset.Timestamp: {plain(appendTimestamp),
		says("timestamp: YYYY-MM-DD hh:mm:ss, with up to 6 digits of a second behind a point, and no offset")},
	dataset.TimestampTZ: {(*Column).instant, (*Column).expectedInstant},
	dataset.UUID:        {plain(appendUUID), says("uuid: 32 hexadecimal digits, in groups of 8-4-4-4-12 or in a row")},
	dataset.JSONB:       {plain(appendJSON), says("jsonb: JSON (RFC 8259)")},
}

// Of is a column of the type. The zone is that of a timestamptz column's values which
// name none, or nil.
func Of(t dataset.ColumnType, zone *time.Location) *Column {
	return &Column{typ: t, zone: zone, kind: kinds[t.Name]}
}

// Expected says what the column takes, for people who look at the fault.
func (c *Column) Expected(fault Fault) string {
	if c.typ.Name == dataset.Date && fault == NoSuchDay {
		return "date: a day of the calendar, YYYY-MM-DD"
	}
	if sizes := floatingSizes[c.typ.Name]; fault == OutOfRange && sizes != "" {
		return c.typ.String() + ": 0, or a number " + sizes + " in size"
	}
	return c.expected(c)
}

// floatingSizes are those of the numbers of a type that holds very large and very small ones.
var floatingSizes = map[dataset.TypeName]string{
	dataset.Real:            "from 1.4e-45 to 3.4e38",
	dataset.DoublePrecision: "from 4.9e-324 to 1.7e308",
}

// Bare is a value without what means nothing in its type: the blanks at the end of a
// char(n).
func (c *Column) Bare(v []byte) []byte {
	if c.typ.Name == dataset.Char {
		return bytes.TrimRight(v, " ")
	}
	return v
}

// Append appends a value of the column to a row of COPY text. An empty field is NULL;
// in quotes, it is an empty text, and no other type takes it. Where the fault is none
// that fits, what was appended is of no use.
func (c *Column) Append(dst, value []byte, quoted bool) ([]byte, Fault) {
	if len(value) > 0 {
		dst, fault := c.append(c, dst, value, quoted)
		if !fault.Fits() && !c.typ.IsText() {
			fault = c.closer(fault, value, quoted)
		}
		return dst, fault
	}
	switch {
	case !quoted:
		return append(dst, Null...), OK
	case c.typ.IsText():
		return dst, OK
	}
	return dst, EmptyQuoted
}

// plain is a kind whose values need nothing of the column, and mean the same in quotes.
func plain(f func(dst, v []byte) ([]byte, Fault)) func(*Column, []byte, []byte, bool) ([]byte, Fault) {
	return func(_ *Column, dst, v []byte, _ bool) ([]byte, Fault) { return f(dst, v) }
}

// whole is that of the whole numbers below limit.
func whole(limit uint64) func(*Column, []byte, []byte, bool) ([]byte, Fault) {
	return func(_ *Column, dst, v []byte, _ bool) ([]byte, Fault) { return appendWhole(dst, v, limit) }
}

// floating is that of the binary numbers of so many bits.
func floating(bits int) func(*Column, []byte, []byte, bool) ([]byte, Fault) {
	return func(_ *Column, dst, v []byte, _ bool) ([]byte, Fault) { return appendFloating(dst, v, bits) }
}

func (c *Column) numeric(dst, v []byte, _ bool) ([]byte, Fault) {
	return appendNumeric(dst, v, c.typ.Precision, c.typ.Scale)
}

func says(expected string) func(*Column) string {
	return func(*Column) string { return expected }
}

func (c *Column) expectedDecimal() string { return c.typ.String() + ": a finite decimal number" }

func (c *Column) expectedText() string {
	text := fmt.Sprintf("%s: UTF-8 of at most %d characters without NUL bytes", c.typ, c.typ.Length)
	if c.typ.Name == dataset.Char {
		text += ", blanks at the end not counted"
	}
	return text
}

func (c *Column) expectedInstant() string {
	const form = "timestamptz: YYYY-MM-DD hh:mm:ss and the offset from UTC, such as 2024-01-31 12:00:00+01:00"
	if c.zone == nil {
		return form
	}
	return form + "; without one it is the time of " + c.zone.String()
}
