package calendar

import "time"

// days is the rhythm of which every day is an as_of.
type days struct{}

func (days) Floor(day time.Time) time.Time { return day }

func (days) Step(asOf time.Time, n int) time.Time { return asOf.AddDate(0, 0, n) }

func (days) String() string { return "a day" }
