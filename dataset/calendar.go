package dataset

import (
	"fmt"
	"time"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// ParseAsOf reads an as_of, YYYY-MM-DD, as midnight UTC of that day.
func ParseAsOf(s string) (time.Time, error) {
	asOf, err := time.Parse(time.DateOnly, s)
	if err != nil || asOf.Year() < 1 {
		return time.Time{}, fmt.Errorf("expected an as_of as YYYY-MM-DD, such as 2024-01-31, found %q", s)
	}
	return asOf, nil
}

// FormatAsOf writes an as_of as YYYY-MM-DD.
func FormatAsOf(asOf time.Time) string { return asOf.Format(time.DateOnly) }

// OnCalendar is true where the day of asOf is an as_of of the calendar. A
// calendar without a period, which Lint refuses, has none.
func OnCalendar(c *datasetv1.Calendar, asOf time.Time) bool {
	return c.GetPeriod() == datasetv1.Period_PERIOD_MONTH_END && asOf.Day() == monthEnd(asOf, 0).Day()
}

// NextAsOf is the first as_of of the calendar after the day of t; the zero time
// where the calendar has no period.
func NextAsOf(c *datasetv1.Calendar, t time.Time) time.Time {
	if c.GetPeriod() != datasetv1.Period_PERIOD_MONTH_END {
		return time.Time{}
	}
	if end := monthEnd(t, 0); end.After(t) {
		return end
	}
	return monthEnd(t, 1)
}

// PreviousAsOf is the last as_of of the calendar before the day of t; the zero
// time where the calendar has no period.
func PreviousAsOf(c *datasetv1.Calendar, t time.Time) time.Time {
	if c.GetPeriod() != datasetv1.Period_PERIOD_MONTH_END {
		return time.Time{}
	}
	return monthEnd(t, -1)
}

// ClosestAsOf is the as_of of the calendar nearest to t, the earlier of two
// that are equally near: what somebody who wrote t probably meant.
func ClosestAsOf(c *datasetv1.Calendar, t time.Time) time.Time {
	if OnCalendar(c, t) {
		return t
	}
	previous, next := PreviousAsOf(c, t), NextAsOf(c, t)
	if next.Sub(t) < t.Sub(previous) {
		return next
	}
	return previous
}

// monthEnd is the last day of the month that lies so many months after t's, at
// midnight in t's location.
func monthEnd(t time.Time, months int) time.Time {
	return time.Date(t.Year(), t.Month()+time.Month(months)+1, 0, 0, 0, 0, 0, t.Location())
}
