package entityfile

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/timestamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// each passes on the rows that are right, and tells the faults of the others. What the
// file itself is wrong in is an error.
func each(text string, shape Shape, faults *Faults, pass func(Row) error) error {
	lines := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	lines.ReuseRecord, lines.FieldsPerRecord = true, -1
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return faults.refuse("expected a header and rows, found nothing")
	}
	if err != nil {
		return faults.unreadable(err)
	}
	places, err := placesOf(header, shape, faults)
	if err != nil {
		return err
	}
	width := len(header)
	for {
		fields, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return faults.unreadable(err)
		}
		line, _ := lines.FieldPos(0)
		if len(fields) != width {
			faults.add(line, "", "as many fields as the header has, %d, found %d", width, len(fields))
			continue
		}
		if row, ok := places.row(line, fields, shape, faults); ok {
			if err := pass(row); err != nil {
				return err
			}
		}
	}
}

// places says in which field of a line each column stands.
type places struct {
	columns []int
	moment  int
}

// placesOf finds the columns in a header, which has each once and no other.
func placesOf(header []string, shape Shape, faults *Faults) (places, error) {
	p := places{moment: -1}
	wanted := append(layout.Names(shape.Columns()), EventTimestamp)
	seen := map[string]bool{}
	for _, name := range header {
		switch {
		case seen[name]:
			faults.add(1, "", "each column once, found %s twice", quoted(name))
		case !slices.Contains(wanted, name):
			faults.add(1, "", "the columns %s and no other, found %s; what is known of an entity comes from the snapshots", strings.Join(wanted, ", "), quoted(name))
		}
		seen[name] = true
	}
	for _, name := range wanted {
		if !seen[name] {
			faults.add(1, "", "the columns %s, found none called %s", strings.Join(wanted, ", "), name)
		}
	}
	for _, c := range shape.Columns() {
		p.columns = append(p.columns, slices.Index(header, c.Name))
	}
	p.moment = slices.Index(header, EventTimestamp)
	return p, faults.refusal()
}

// row reads a line, and says whether all of it is right.
func (p places) row(line int, fields []string, shape Shape, faults *Faults) (Row, bool) {
	row := Row{Line: line, Values: make([]*string, len(p.columns))}
	before := faults.found
	for i, c := range shape.Columns() {
		value := strings.Clone(fields[p.columns[i]]) // the reader's own text is of the whole line
		switch {
		case value == "" && i < len(shape.Key):
			faults.add(line, c.Name, "a value of the key, found none")
		case value == "":
		case strings.ContainsRune(value, 0):
			faults.add(line, c.Name, "a value of type %s, found a NUL in it", c.Type)
		default:
			row.Values[i] = &value
			if err := expectation.FitsText(value, c.Type); err != nil {
				faults.add(line, c.Name, "a value of type %s: %s", c.Type, err)
			}
		}
	}
	row.At = moment(line, fields[p.moment], faults)
	if faults.found > before {
		return row, false
	}
	row.AsOf = shape.AsOf(row.At.Truncate(24 * time.Hour))
	return row, true
}

// moment reads when; a time without an offset is of UTC.
func moment(line int, text string, faults *Faults) time.Time {
	at, fault := timestamp.Instant([]byte(text), time.UTC)
	switch {
	case fault == timestamp.TooFine:
		faults.add(line, EventTimestamp, "a moment of at most microseconds, found %s", quoted(text))
	case fault != timestamp.OK:
		faults.add(line, EventTimestamp, "a day or a moment, as 2024-01-31 or 2024-01-31T18:30:00Z, found %s", quoted(text))
	case at.Year() < 1900 || at.Year() > 2999:
		faults.add(line, EventTimestamp, "a moment of the years 1900 to 2999, found %s", quoted(text))
	}
	return at
}
