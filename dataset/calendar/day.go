package calendar

import "time"

// days is the rhythm of which every day is an as_of.
type days struct{}

// Floor returns the day itself: every day is an as_of.
func (days) Floor(day time.Time) time.Time { return day }

// Step goes n days on, back where n is negative.
func (days) Step(asOf time.Time, n int) time.Time { return asOf.AddDate(0, 0, n) }

// String says that every day is one: "a day".
func (days) String() string { return "a day" }
