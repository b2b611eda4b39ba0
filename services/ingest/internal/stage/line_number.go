package stage

import "strconv"

// lineNumber writes the lines that rows stand on. They come one after another, so that
// the text of one is mostly that of the one before with another last digit: writing
// each anew would take a quarter of the time that a short row takes.
type lineNumber struct {
	n    int64
	text []byte
}

// append appends a line's number.
func (l *lineNumber) append(dst []byte, n int64) []byte {
	if n != l.n+1 || !l.count() {
		l.text = strconv.AppendInt(l.text[:0], n, 10)
	}
	l.n = n
	return append(dst, l.text...)
}

// count adds one to the text; not where it would need another digit.
func (l *lineNumber) count() bool {
	for i := len(l.text) - 1; i >= 0; i-- {
		if l.text[i] != '9' {
			l.text[i]++
			return true
		}
		l.text[i] = '0'
	}
	return false
}
