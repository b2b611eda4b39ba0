package timestamp

const (
	dayLength    = len("YYYY-MM-DD")
	microDigits  = 6
	secPerMinute = 60
	secPerHour   = 60 * secPerMinute
	maxOffset    = 15 // hours: PostgreSQL takes no more
)

// Parse reads YYYY-MM-DD, or YYYY-MM-DD, T or a blank, and hh:mm, hh:mm:ss or
// hh:mm:ss.ffffff, and behind it, with or without a blank, Z, UTC or an offset: +hh,
// +hhmm, +hh:mm. A day alone is its midnight.
func Parse(v []byte) (Timestamp, Fault) {
	var t Timestamp
	if infinite(v) {
		return t, Infinite
	}
	if fault := t.day(v); fault != OK {
		return t, fault
	}
	rest := v[dayLength:]
	if len(rest) == 0 {
		return t, OK
	}
	if rest[0] != ' ' && rest[0] != 'T' && rest[0] != 't' {
		return t, NotTimestamp
	}
	rest, fault := t.clock(rest[1:])
	if fault == NotTimestamp {
		return t, fault
	}
	if zone := t.zone(rest); zone != OK {
		return t, zone
	}
	return t, fault
}

// infinite is true of what PostgreSQL reads as before or after every time.
func infinite(v []byte) bool {
	word := v
	if len(word) > 0 && (word[0] == '-' || word[0] == '+') {
		word = word[1:]
	}
	return is(word, "infinity") || is(word, "inf")
}

// is compares with a lower case word, letters of any case.
func is(v []byte, word string) bool {
	if len(v) != len(word) {
		return false
	}
	for i, c := range v {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

var daysOf = [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func (t *Timestamp) day(v []byte) Fault {
	if len(v) < dayLength || v[4] != '-' || v[7] != '-' {
		return NotTimestamp
	}
	var ok1, ok2, ok3 bool
	t.Year, ok1 = digits(v[:4])
	t.Month, ok2 = digits(v[5:7])
	t.Day, ok3 = digits(v[8:dayLength])
	switch {
	case !ok1 || !ok2 || !ok3:
		return NotTimestamp
	case t.Year < 1 || t.Month < 1 || t.Month > 12 || t.Day < 1 || t.Day > daysIn(t.Year, t.Month):
		return NoSuchDay
	}
	return OK
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return daysOf[month-1]
}

func digits(v []byte) (n int, ok bool) {
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(v) > 0
}

// two reads two digits, and returns what stands behind them.
func two(v []byte) (n int, rest []byte, ok bool) {
	if len(v) < 2 {
		return 0, v, false
	}
	n, ok = digits(v[:2])
	return n, v[2:], ok
}

// clock reads the time of day. What has the form of one is read to its end, so that
// what follows it is judged too.
func (t *Timestamp) clock(v []byte) (rest []byte, fault Fault) {
	var ok bool
	if t.Hour, v, ok = two(v); !ok || len(v) == 0 || v[0] != ':' {
		return v, NotTimestamp
	}
	if t.Minute, v, ok = two(v[1:]); !ok {
		return v, NotTimestamp
	}
	if len(v) > 0 && v[0] == ':' {
		if t.Second, v, ok = two(v[1:]); !ok {
			return v, NotTimestamp
		}
		if len(v) > 0 && v[0] == '.' {
			if v, fault = t.fraction(v[1:]); fault == NotTimestamp {
				return v, fault
			}
		}
	}
	switch {
	case t.Hour > 23 || t.Minute > 59 || t.Second > 60:
		return v, NoSuchTime
	case t.Second == 60:
		return v, LeapSecond
	}
	return v, fault
}

// fraction reads the digits behind a second's point, to the microsecond.
func (t *Timestamp) fraction(v []byte) (rest []byte, fault Fault) {
	n := 0
	for ; n < len(v) && v[n] >= '0' && v[n] <= '9'; n++ {
		switch {
		case n < microDigits:
			t.Micro = t.Micro*10 + int(v[n]-'0')
		case v[n] != '0':
			fault = TooFine
		}
	}
	if n == 0 {
		return v, NotTimestamp
	}
	for i := n; i < microDigits; i++ {
		t.Micro *= 10
	}
	return v[n:], fault
}

// zone reads what stands behind the time: nothing, Z, UTC or an offset.
func (t *Timestamp) zone(v []byte) Fault {
	if len(v) == 0 {
		return OK
	}
	if v[0] == ' ' {
		v = v[1:]
	}
	if is(v, "z") || is(v, "utc") {
		t.HasOffset = true
		return OK
	}
	if len(v) < len("+hh") || v[0] != '+' && v[0] != '-' {
		return NotTimestamp
	}
	hours, rest, ok := two(v[1:])
	minutes := 0
	if ok && len(rest) > 0 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		minutes, rest, ok = two(rest)
	}
	if !ok || len(rest) > 0 || hours > maxOffset || minutes > 59 {
		return NotTimestamp
	}
	t.HasOffset, t.Offset = true, hours*secPerHour+minutes*secPerMinute
	if v[0] == '-' {
		t.Offset = -t.Offset
	}
	return OK
}

// Append appends the timestamp as PostgreSQL writes it, without its offset:
// 2024-01-31 12:00:00, and a fraction of a second where there is one.
func (t Timestamp) Append(dst []byte) []byte {
	dst = pad(dst, t.Year, 4)
	dst = pad(append(dst, '-'), t.Month, 2)
	dst = pad(append(dst, '-'), t.Day, 2)
	dst = pad(append(dst, ' '), t.Hour, 2)
	dst = pad(append(dst, ':'), t.Minute, 2)
	dst = pad(append(dst, ':'), t.Second, 2)
	if t.Micro == 0 {
		return dst
	}
	dst = pad(append(dst, '.'), t.Micro, microDigits)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func pad(dst []byte, n, width int) []byte {
	for place := pow10(width - 1); place > 0; place /= 10 {
		dst = append(dst, byte('0'+n/place%10))
	}
	return dst
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
