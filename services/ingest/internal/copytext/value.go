package copytext

import (
	"unicode/utf8"
)

// appendText appends text with what COPY reads as more than itself escaped.
func appendText(dst, v []byte) ([]byte, Fault) {
	begin, ascii := 0, true
	for i, c := range v {
		if c >= utf8.RuneSelf {
			ascii = false
			continue
		}
		if c > '\r' && c != '\\' {
			continue
		}
		var escape byte
		switch c {
		case 0:
			return dst, HasNUL
		case '\\':
			escape = '\\'
		case '\n':
			escape = 'n'
		case '\r':
			escape = 'r'
		case '\t':
			escape = 't'
		default:
			continue
		}
		dst = append(dst, v[begin:i]...)
		dst = append(dst, '\\', escape)
		begin = i + 1
	}
	if !ascii && !utf8.Valid(v) {
		return dst, NotUTF8
	}
	return append(dst, v[begin:]...), OK
}

var booleans = [...]struct {
	word  string
	value byte
}{{"true", 't'}, {"false", 'f'}, {"t", 't'}, {"f", 'f'}, {"1", 't'}, {"0", 'f'}, {"yes", 't'}, {"no", 'f'}}

func appendBoolean(dst, v []byte) ([]byte, Fault) {
	for i := range booleans {
		if len(v) == len(booleans[i].word) && equalFold(v, booleans[i].word) {
			return append(dst, booleans[i].value), OK
		}
	}
	return dst, NotBoolean
}

// equalFold compares with a lower case word of the same length, letters of any case.
func equalFold(v []byte, word string) bool {
	for i := range len(word) {
		c := v[i]
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
