package copytext

var daysOf = [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func appendDate(dst, v []byte) ([]byte, Fault) {
	if len(v) != len("YYYY-MM-DD") || v[4] != '-' || v[7] != '-' {
		return dst, NotDate
	}
	year, ok1 := digits(v[:4])
	month, ok2 := digits(v[5:7])
	day, ok3 := digits(v[8:])
	if !ok1 || !ok2 || !ok3 {
		return dst, NotDate
	}
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return dst, NoSuchDay
	}
	return append(dst, v...), OK
}

func digits(v []byte) (n int, ok bool) {
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return daysOf[month-1]
}
