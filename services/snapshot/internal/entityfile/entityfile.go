// Package entityfile reads the rows by which somebody says whom a training set is about,
// and when: CSV with a key and a moment. It judges all of them, and says of those that are
// wrong where they are, what was expected and what was found. It knows no database.
package entityfile

import (
	"slices"
	"time"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// EventTimestamp is the column that says when.
const EventTimestamp = "event_timestamp"

// maxDates is of how many periods the moments may be: each is a statement of its own. It is
// as many dates as a training set may declare.
const maxDates = 1200

// Shape is what rows must look like.
type Shape struct {
	// Key are the columns of the entities' key, of which every row has a value.
	Key []layout.Column
	// Others are columns by which features join besides, of which a row may have none.
	Others []layout.Column
	// AsOf is the newest as_of until a day.
	AsOf func(day time.Time) time.Time
}

// Columns are all but the moment, the key first.
func (s Shape) Columns() []layout.Column { return slices.Concat(s.Key, s.Others) }

// Row is one row.
type Row struct {
	// Line is where it begins in the file, the header's being 1.
	Line int
	// Values are of the shape's key and others, in order; nil for none.
	Values []*string
	// At is its moment, in UTC, and AsOf the newest as_of until the day of it.
	At, AsOf time.Time
}

// File are rows that were judged.
type File struct {
	name, text string
	shape      Shape
	// Rows is how many there are.
	Rows int64
	// Periods are the as_of dates that the rows are of, the earliest first.
	Periods []Period
}

// Period is a date of which there are rows.
type Period struct {
	AsOf time.Time
	// First is the day of its earliest row.
	First time.Time
}

// Read judges rows. Errors: ENTITY_ROWS_INVALID, which names those that are wrong.
func Read(name, text string, shape Shape) (*File, error) {
	f := &File{name: name, text: text, shape: shape}
	faults := &Faults{name: name}
	first := map[time.Time]time.Time{}
	err := each(text, shape, faults, func(row Row) error {
		f.Rows++
		day := row.At.Truncate(24 * time.Hour)
		if known, ok := first[row.AsOf]; !ok || day.Before(known) {
			first[row.AsOf] = day
		}
		return nil
	})
	if err == nil {
		err = faults.refusal()
	}
	switch {
	case err != nil:
		return nil, err
	case f.Rows == 0:
		return nil, faults.refuse("expected rows below the header, found none")
	case len(first) > maxDates:
		return nil, faults.refuse("expected moments of at most %d periods of the dataset's calendar, found %d", maxDates, len(first))
	}
	for asOf, day := range first {
		f.Periods = append(f.Periods, Period{asOf, day})
	}
	slices.SortFunc(f.Periods, func(a, b Period) int { return a.AsOf.Compare(b.AsOf) })
	return f, nil
}

// Name is what the rows are called.
func (f *File) Name() string { return f.name }

// Shape is what they were judged by.
func (f *File) Shape() Shape { return f.shape }

// Each passes on every row, in the order of the file.
func (f *File) Each(pass func(Row) error) error {
	return each(f.text, f.shape, &Faults{name: f.name}, pass)
}
