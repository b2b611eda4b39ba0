// Package calendar says which dates are an as_of: one file for each way of counting
// (days, weeks, months), all behind one interface. It knows no dataset; package
// dataset asks it on behalf of everybody.
package calendar

import (
	"time"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Rhythm is the rule that the as_of dates of a calendar follow. Dates are midnights;
// what a rhythm returns is in the location of what it was given.
type Rhythm interface {
	// Floor is the last as_of on or before a day.
	Floor(day time.Time) time.Time
	// Step is the as_of that lies so many periods after an as_of, before it where n is
	// negative.
	Step(asOf time.Time, n int) time.Time
	// String says in words what every as_of is, such as "the last day of a month".
	String() string
}

// Of is the rhythm that a calendar declares; nil where it declares none, or one that
// is not known.
func Of(c *datasetv1.Calendar) Rhythm {
	switch c.GetPeriod() {
	case datasetv1.Period_PERIOD_DAY:
		return days{}
	case datasetv1.Period_PERIOD_WEEK:
		return weekEndingOn(c.GetEndsOn())
	case datasetv1.Period_PERIOD_MONTH_START:
		return months{length: 1, starts: true, says: "the first day of a month"}
	case datasetv1.Period_PERIOD_MONTH_END:
		return months{length: 1, says: "the last day of a month"}
	case datasetv1.Period_PERIOD_QUARTER_END:
		return months{length: 3, says: "the last day of a quarter"}
	case datasetv1.Period_PERIOD_YEAR_END:
		return months{length: 12, says: "the last day of a year"}
	case datasetv1.Period_PERIOD_UNSPECIFIED:
	}
	return nil
}

// On is true where the day of t is an as_of.
func On(r Rhythm, t time.Time) bool { return r.Floor(midnight(t)).Equal(midnight(t)) }

// Next is the first as_of after the day of t.
func Next(r Rhythm, t time.Time) time.Time { return r.Step(r.Floor(midnight(t)), 1) }

// Previous is the last as_of before the day of t.
func Previous(r Rhythm, t time.Time) time.Time { return r.Floor(midnight(t).AddDate(0, 0, -1)) }

// Nearest is the as_of nearest to the day of t, the earlier of two that are equally near.
func Nearest(r Rhythm, t time.Time) time.Time {
	day := midnight(t)
	before, after := r.Floor(day), Next(r, day)
	if after.Sub(day) < day.Sub(before) {
		return after
	}
	return before
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
