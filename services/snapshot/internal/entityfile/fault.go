package entityfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
)

// shown is how many faults stand in an error: enough to see what is wrong with the file.
const shown = 20

// Faults are what is wrong with the rows of a file.
type Faults struct {
	name  string
	found int
	first []problem.Violation
}

// add tells one; expected says what was expected and what was found. Column is empty where
// it is of no column.
func (f *Faults) add(line int, column, expected string, args ...any) {
	f.found++
	if len(f.first) == shown {
		return
	}
	where := fmt.Sprintf("%s:%d", f.name, line)
	says := fmt.Sprintf("expected "+expected, args...)
	if column != "" {
		says = "column " + column + ": " + says
	}
	f.first = append(f.first, problem.Violation{Subject: where, Description: says})
}

// refusal is the error of what was found; nil where nothing was.
func (f *Faults) refusal() error {
	if f.found == 0 {
		return nil
	}
	p := problem.New(problem.EntityRowsInvalid, "%s: %s", f.first[0].Subject, f.first[0].Description)
	if more := f.found - 1; more > 0 {
		p.Message += fmt.Sprintf("; and %s more", prose.Number(int64(more)))
	}
	p.Violations = f.first
	return p
}

// refuse is the error of a file that is wrong as a whole.
func (f *Faults) refuse(format string, args ...any) error {
	return problem.New(problem.EntityRowsInvalid, "%s: %s", f.name, fmt.Sprintf(format, args...))
}

// unreadable is the error of what is no CSV.
func (f *Faults) unreadable(err error) error {
	broken := &csv.ParseError{}
	if !errors.As(err, &broken) {
		return f.refuse("expected CSV, found %s", err)
	}
	f.add(broken.Line, "", "CSV as RFC 4180 has it, found %s", broken.Err)
	return f.refusal()
}

// Twice is the error of entities that stand more than once at a moment: each is the lines
// of one.
func (f *File) Twice(lines [][]int) error {
	faults := &Faults{name: f.name}
	for _, same := range lines {
		faults.add(same[1], "", "each entity once at a moment, found the one of line %d again", same[0])
	}
	return faults.refusal()
}

// quoted is a value as messages show it, cut where it is long.
func quoted(text string) string { return strconv.QuoteToGraphic(prose.Cut(text, 60)) }
