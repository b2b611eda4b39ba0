package calendar

import (
	"time"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

const daysPerWeek = 7

// weeks is the rhythm of which the last day of every week is an as_of.
type weeks struct{ end time.Weekday }

// weekEndingOn is a Sunday where no day is declared, as ISO 8601 has it. The proto
// counts from Monday, 1, to Sunday, 7; Go counts from Sunday, 0.
func weekEndingOn(day datasetv1.Weekday) weeks { return weeks{time.Weekday(day % daysPerWeek)} }

// Floor returns the day itself where weeks end on it, else the end of the week before.
func (w weeks) Floor(day time.Time) time.Time {
	since := (int(day.Weekday()) - int(w.end) + daysPerWeek) % daysPerWeek
	return day.AddDate(0, 0, -since)
}

// Step goes n weeks on, back where n is negative.
func (weeks) Step(asOf time.Time, n int) time.Time { return asOf.AddDate(0, 0, n*daysPerWeek) }

// String names the weekday on which weeks end, such as "a Sunday".
func (w weeks) String() string { return "a " + w.end.String() }
