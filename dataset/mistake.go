package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing wrong with a dataset: what was expected, what was found,
// where, and, where it can be guessed, what was meant.
type Mistake struct {
	// File is the name that the dataset was read under; empty where it did not
	// come from a file.
	File string
	// Line and Column, from 1, are where it stands; 0 where that is not known.
	Line, Column int
	// Path leads to the field, as in tables[1].columns[0].type; empty where the
	// mistake is not about one field.
	Path string
	// Message says what is wrong.
	Message string

	// lacks are the paths of which any one would mend it, where it is that none of them
	// is there.
	lacks []string
}

// String is "file:line:column: path: message", without the parts that are not known.
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		if b.Len() > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%d:%d", m.Line, m.Column)
	}
	for _, part := range []string{m.Path, m.Message} {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return b.String()
}

// Mistakes are all the mistakes of a dataset, in the order in which they stand.
type Mistakes []Mistake

// String has one line per mistake.
func (ms Mistakes) String() string {
	lines := make([]string, 0, len(ms))
	for _, m := range ms {
		lines = append(lines, m.String())
	}
	return strings.Join(lines, "\n")
}

// Err is nil where there are no mistakes, and otherwise an *InvalidError.
func (ms Mistakes) Err() error {
	if len(ms) == 0 {
		return nil
	}
	return &InvalidError{Mistakes: ms}
}

// sort orders mistakes by where they stand; those at the same place keep their order.
func (ms Mistakes) sort() {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// InvalidError is the error of a dataset that has mistakes.
type InvalidError struct {
	// Mistakes are all of them; there is at least one.
	Mistakes Mistakes
}

// Error has one line per mistake.
func (e *InvalidError) Error() string { return e.Mistakes.String() }
