package calendar

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// NoSuchDayError is a date that has the form of one and is on no calendar, such as
// 2024-02-30.
type NoSuchDayError struct {
	// Text as it was given, YYYY-MM-DD.
	Text string
	// Why there is no such day, "February 2024 has 29 days".
	Why string
	// Closest is the day that was probably meant, at midnight UTC.
	Closest time.Time
}

// Error says that there is no such day, why, and which is the closest.
func (e *NoSuchDayError) Error() string {
	return fmt.Sprintf("%s is no such day: %s; the closest is %s", e.Text, e.Why, e.Closest.Format(time.DateOnly))
}

// form is that of a date; all of its parts are numbers.
var form = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)

// ParseDay reads a day, YYYY-MM-DD, as midnight UTC. It returns a *NoSuchDayError where
// the text has that form and is no day, and another error where it has not.
func ParseDay(s string) (time.Time, error) {
	m := form.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, fmt.Errorf("expected a day as YYYY-MM-DD, such as 2024-01-31, found %q", s)
	}
	year, month, day := number(m[1]), number(m[2]), number(m[3])
	why := ""
	switch last := lastDay(max(year, 1), min(max(month, 1), 12)); {
	case year < 1:
		why = "years begin with 0001"
	case month < 1 || month > 12:
		why = fmt.Sprintf("a year has no month %02d", month)
	case day < 1:
		why = "months begin with 01"
	case day > last:
		why = fmt.Sprintf("%s has %d days", time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC).Format("January 2006"), last)
	}
	if why != "" {
		return time.Time{}, &NoSuchDayError{Text: s, Why: why, Closest: within(year, month, day)}
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), nil
}

// within is the day with each of its parts as near as there is one.
func within(year, month, day int) time.Time {
	year, month = max(year, 1), min(max(month, 1), 12)
	return time.Date(year, time.Month(month), min(max(day, 1), lastDay(year, month)), 0, 0, 0, 0, time.UTC)
}

// lastDay is how many days the month has.
func lastDay(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// number reads digits, which the form promises.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
