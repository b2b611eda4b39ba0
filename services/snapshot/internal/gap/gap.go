// Package gap finds the dates that a calendar expects and history lacks. It knows what is
// stamped, and no runs: why a date is not, as far as that shows it.
package gap

import (
	"slices"
	"time"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Gap is a date of which history lacks snapshots.
type Gap struct {
	AsOf time.Time
	// Lacks are the snapshots that are not stamped, in the dataset's order; All says that none
	// is.
	Lacks []string
	All   bool
	// Last says that no later date is stamped.
	Last bool
}

// Order says what is looked at.
type Order struct {
	Calendar *datasetv1.Calendar
	// Snapshots are the names that are expected of each date, and Since the first date that
	// one is expected of, where there is one.
	Snapshots []string
	Since     map[string]time.Time
	// From and To are the first and the last day; the zero From is the first as_of that is
	// stamped.
	From, To time.Time
	// After is the date of the last gap that was told already; the zero time where none was.
	After time.Time
	// Limit is how many gaps are found at most.
	Limit int
}

// Find returns the gaps, the newest first. stamped are the names of what is stamped of each
// date. Where nothing is, and no first day was asked for, nothing is expected.
func Find(o Order, stamped map[time.Time][]string) []Gap {
	first, newest := bounds(stamped)
	from, last := o.From, o.To
	if from.IsZero() {
		from = first
	}
	if !o.After.IsZero() && !o.After.After(last) {
		last = o.After.AddDate(0, 0, -1)
	}
	if from.IsZero() || len(o.Snapshots) == 0 {
		return nil
	}
	var gaps []Gap
	asOf := dataset.PreviousAsOf(o.Calendar, last.AddDate(0, 0, 1))
	for ; !asOf.IsZero() && !asOf.Before(from) && len(gaps) < o.Limit; asOf = dataset.PreviousAsOf(o.Calendar, asOf) {
		if lacks := without(o.expected(asOf), stamped[asOf]); len(lacks) > 0 {
			gaps = append(gaps, Gap{AsOf: asOf, Lacks: lacks, All: len(stamped[asOf]) == 0, Last: asOf.After(newest)})
		}
	}
	return gaps
}

// expected are the snapshots of which there is anything as of a date.
func (o Order) expected(asOf time.Time) []string {
	return slices.DeleteFunc(slices.Clone(o.Snapshots), func(name string) bool { return asOf.Before(o.Since[name]) })
}

// bounds are the first and the newest date of which anything is stamped.
func bounds(stamped map[time.Time][]string) (first, newest time.Time) {
	for asOf := range stamped {
		if first.IsZero() || asOf.Before(first) {
			first = asOf
		}
		if asOf.After(newest) {
			newest = asOf
		}
	}
	return first, newest
}

// without are the names that are not among others, in their order.
func without(names, others []string) []string {
	has := make(map[string]bool, len(others))
	for _, name := range others {
		has[name] = true
	}
	var lacks []string
	for _, name := range names {
		if !has[name] {
			lacks = append(lacks, name)
		}
	}
	return lacks
}
