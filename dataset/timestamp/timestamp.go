// Package timestamp reads dates with a time of day as people and programs write them,
// and refuses what PostgreSQL would change without a word: a leap second, 24:00, more
// digits than microseconds, a zone where none is kept, a time that clocks skipped or
// had twice. Nothing allocates.
package timestamp

import "time"

// Fault says why a text is none of the timestamps that are wanted; OK where it is one.
type Fault uint8

// The faults of timestamps.
const (
	OK Fault = iota
	NotTimestamp
	NoSuchDay
	NoSuchTime
	LeapSecond
	TooFine
	Infinite
	NoZone
	HasZone
	Skipped
	Twice
	OutOfRange
)

// Timestamp is a wall clock's day and time, and how far it is ahead of UTC, if said.
type Timestamp struct {
	Year, Month, Day, Hour, Minute, Second, Micro int
	// HasOffset says that the offset was written; Offset is in seconds east of UTC.
	HasOffset bool
	Offset    int
}

// Local is the timestamp of a text that must not name a zone, as timestamp keeps it.
func Local(v []byte) (Timestamp, Fault) {
	t, fault := Parse(v)
	if fault == OK && t.HasOffset {
		return t, HasZone
	}
	return t, fault
}

// Instant is the moment of a text, in UTC. Where it names no offset it is the clock of
// the zone; without a zone that is a fault, and so is a time that the zone's clocks
// skipped, or showed twice.
func Instant(v []byte, zone *time.Location) (time.Time, Fault) {
	t, fault := Parse(v)
	switch {
	case fault != OK:
		return time.Time{}, fault
	case t.HasOffset:
		return inRange(t.utc().Add(-time.Duration(t.Offset) * time.Second))
	case zone == nil:
		return time.Time{}, NoZone
	}
	return t.in(zone)
}

// utc is the moment at which a clock of UTC shows the timestamp.
func (t Timestamp) utc() time.Time {
	return time.Date(t.Year, time.Month(t.Month), t.Day, t.Hour, t.Minute, t.Second, t.Micro*int(time.Microsecond), time.UTC)
}

// in is the moment at which a clock of the zone shows the timestamp. The offsets a day
// before and a day after are all that it can have: zones do not change twice in two days.
func (t Timestamp) in(zone *time.Location) (time.Time, Fault) {
	shown := t.utc()
	_, before := shown.Add(-24 * time.Hour).In(zone).Zone()
	_, after := shown.Add(24 * time.Hour).In(zone).Zone()
	first, firstIs := momentOf(shown, before, zone)
	second, secondIs := momentOf(shown, after, zone)
	switch {
	case firstIs && secondIs && !first.Equal(second):
		return first, Twice
	case firstIs:
		return inRange(first)
	case secondIs:
		return inRange(second)
	}
	return first, Skipped
}

// momentOf is the moment at which a clock so far ahead of UTC shows the time; is says
// that the zone's clocks are that far ahead then.
func momentOf(shown time.Time, offset int, zone *time.Location) (moment time.Time, is bool) {
	moment = shown.Add(-time.Duration(offset) * time.Second)
	_, then := moment.In(zone).Zone()
	return moment, then == offset
}

func inRange(moment time.Time) (time.Time, Fault) {
	if year := moment.Year(); year < 1 || year > 9999 {
		return moment, OutOfRange
	}
	return moment, OK
}
