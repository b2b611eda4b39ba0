package calendar

import "time"

// months is the rhythm of periods of so many months, the first of which begins with a
// year; its as_of is each one's last day, or its first.
type months struct {
	length int
	starts bool
	says   string
}

// Floor returns the newest first or last day of a period that is not after the day.
func (m months) Floor(day time.Time) time.Time {
	begin := m.begin(day)
	if m.starts {
		return begin
	}
	if end := m.end(begin); !end.After(day) {
		return end
	}
	return begin.AddDate(0, 0, -1)
}

// Step goes from one period's as_of to that of the n-th after it, before it where n is
// negative: one month after 31 January is the last of February.
func (m months) Step(asOf time.Time, n int) time.Time {
	begin := m.begin(asOf).AddDate(0, n*m.length, 0)
	if m.starts {
		return begin
	}
	return m.end(begin)
}

// String says the rhythm in words, such as "the last day of a quarter".
func (m months) String() string { return m.says }

// begin is the first day of the period that a day lies in.
func (m months) begin(day time.Time) time.Time {
	past := (int(day.Month()) - 1) % m.length
	return time.Date(day.Year(), day.Month()-time.Month(past), 1, 0, 0, 0, 0, day.Location())
}

// end is the last day of the period that begins on a day.
func (m months) end(begin time.Time) time.Time { return begin.AddDate(0, m.length, -1) }
