// Package copytext turns fields of a CSV file into the text that PostgreSQL's COPY
// takes, judging each against its column's type on the way: what passes here,
// PostgreSQL accepts. Nothing allocates, so that a row costs little more than its
// bytes. Numbers go through digit for digit.
package copytext

import (
	"github.com/streamflow/streamflow/dataset"
)

// Expected says what a column of the type takes, for people who look at the fault.
func Expected(t dataset.ColumnType, fault Fault) string {
	if fault == NoSuchDay {
		return "date: a day of the calendar, YYYY-MM-DD"
	}
	switch t.Name {
	case dataset.Integer:
		return "integer: a whole number from -2147483648 to 2147483647"
	case dataset.BigInt:
		return "bigint: a whole number from -9223372036854775808 to 9223372036854775807"
	case dataset.Boolean:
		return "boolean: true, false, t, f, yes, no, 1 or 0"
	case dataset.Date:
		return "date: YYYY-MM-DD"
	case dataset.Text:
		return "text: UTF-8 without NUL bytes"
	default:
		return t.SQL() + ": a finite decimal number"
	}
}

// Null is what COPY reads as NULL.
const Null = `\N`

// Append appends a value of a column to a row of COPY text. An empty field is NULL;
// in quotes, it is an empty text, and no other type takes it. Where the fault is none
// that fits, what was appended is of no use.
func Append(dst []byte, t dataset.ColumnType, value []byte, quoted bool) ([]byte, Fault) {
	if len(value) == 0 {
		switch {
		case !quoted:
			return append(dst, Null...), OK
		case t.Name == dataset.Text:
			return dst, OK
		default:
			return dst, EmptyQuoted
		}
	}
	if t.Name == dataset.Text {
		return appendText(dst, value, quoted)
	}
	dst, fault := appendTyped(dst, t, value)
	if !fault.Fits() {
		fault = closer(fault, t, value, quoted)
	}
	return dst, fault
}

// appendTyped appends a value of another type than text.
func appendTyped(dst []byte, t dataset.ColumnType, value []byte) ([]byte, Fault) {
	switch t.Name {
	case dataset.Integer:
		return appendWhole(dst, value, 1<<31)
	case dataset.BigInt:
		return appendWhole(dst, value, 1<<63)
	case dataset.Boolean:
		return appendBoolean(dst, value)
	case dataset.Date:
		return appendDate(dst, value)
	case dataset.DoublePrecision:
		return appendDouble(dst, value)
	default:
		return appendNumeric(dst, value, t.Precision, t.Scale)
	}
}
