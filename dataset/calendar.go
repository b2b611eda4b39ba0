package dataset

import (
	"errors"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/dataset/calendar"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// NoSuchDayError is a date that has the form of one and is on no calendar.
type NoSuchDayError = calendar.NoSuchDayError

// ParseAsOf reads an as_of, YYYY-MM-DD, as midnight UTC of that day. It returns a
// *NoSuchDayError for what has that form and is no day, such as 2024-02-30.
func ParseAsOf(s string) (time.Time, error) {
	asOf, err := calendar.ParseDay(s)
	var none *NoSuchDayError
	if err != nil && !errors.As(err, &none) {
		return time.Time{}, fmt.Errorf("expected an as_of as YYYY-MM-DD, such as 2024-01-31, found %q", s)
	}
	return asOf, err
}

// FormatAsOf writes an as_of as YYYY-MM-DD.
func FormatAsOf(asOf time.Time) string { return asOf.Format(time.DateOnly) }

// OnCalendar is true where the day of asOf is an as_of of the calendar. A
// calendar without a period, which Lint refuses, has none.
func OnCalendar(c *datasetv1.Calendar, asOf time.Time) bool {
	rhythm := calendar.Of(c)
	return rhythm != nil && calendar.On(rhythm, asOf)
}

// NextAsOf is the first as_of of the calendar after the day of t; the zero time
// where the calendar has no period.
func NextAsOf(c *datasetv1.Calendar, t time.Time) time.Time { return ask(c, t, calendar.Next) }

// PreviousAsOf is the last as_of of the calendar before the day of t; the zero
// time where the calendar has no period.
func PreviousAsOf(c *datasetv1.Calendar, t time.Time) time.Time { return ask(c, t, calendar.Previous) }

// ClosestAsOf is the as_of of the calendar nearest to t, the earlier of two
// that are equally near: what somebody who wrote t probably meant. The zero time
// where the calendar has no period.
func ClosestAsOf(c *datasetv1.Calendar, t time.Time) time.Time { return ask(c, t, calendar.Nearest) }

// EveryAsOf says in words what every as_of of the calendar is: "the last day of a
// month", "a Sunday". Nothing where the calendar has no period.
func EveryAsOf(c *datasetv1.Calendar) string {
	if rhythm := calendar.Of(c); rhythm != nil {
		return rhythm.String()
	}
	return ""
}

func ask(c *datasetv1.Calendar, t time.Time, question func(calendar.Rhythm, time.Time) time.Time) time.Time {
	rhythm := calendar.Of(c)
	if rhythm == nil {
		return time.Time{}
	}
	return question(rhythm, t)
}
