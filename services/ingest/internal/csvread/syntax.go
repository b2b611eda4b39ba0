package csvread

import "fmt"

// Kind says what is wrong with a file that is not CSV.
type Kind string

// The ways in which a file is not CSV.
const (
	BareQuote      Kind = "a quote stands inside a field that is not in quotes"
	TextAfterQuote Kind = "text follows the closing quote of a field"
	UnclosedQuote  Kind = "a quote is opened and never closed"
	Backslash      Kind = `a quote inside a field is written \", as MySQL does, where CSV doubles it`
	TooLong        Kind = "a record is longer than 1 MiB; a quote may never have been closed"
	TooLongBare    Kind = "a record is longer than 1 MiB and has no quote; its line ends may be missing"
)

// SyntaxError says where a file stops being CSV.
type SyntaxError struct {
	// Line of the fault, 1 for the first line of the file; where a quote is not closed or
	// a record is too long, the line on which the field or the record begins.
	Line int64
	// Kind of the fault.
	Kind Kind
}

// Error returns the fault and its line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d: %s", e.Line, string(e.Kind))
}
