package copytext

import (
	"bytes"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may be nested. PostgreSQL's own limit is the
// size of its stack, which depends on the machine, and breaks the whole COPY.
const maxDepth = 100

// appendJSON appends JSON as it is written. What PostgreSQL's jsonb refuses is refused
// here, and what it would drop without a word too: a name that an object has twice.
func appendJSON(dst, v []byte) ([]byte, Fault) {
	switch {
	case bytes.IndexByte(v, 0) >= 0:
		return dst, HasNUL
	case !utf8.Valid(v):
		return dst, NotUTF8
	}
	s := jsonScanner{rest: v}
	s.value(0)
	s.space()
	if s.fault == OK && len(s.rest) > 0 {
		s.fault = NotJSON
	}
	if s.fault == OK && replaced(v) {
		s.fault = Replaced
	}
	if !s.fault.Fits() {
		return dst, s.fault
	}
	dst, _ = appendText(dst, v, true) // what is remarkable of a text is not of JSON
	return dst, s.fault
}

// jsonScanner reads JSON from its beginning. Once there is a fault, it reads no more.
type jsonScanner struct {
	rest  []byte
	fault Fault
}

func (s *jsonScanner) fail(f Fault) {
	if s.fault == OK {
		s.fault = f
	}
	s.rest = nil
}

func (s *jsonScanner) space() { s.rest = bytes.TrimLeft(s.rest, " \t\r\n") }

// take takes one byte, where it comes next.
func (s *jsonScanner) take(c byte) bool {
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// next says which byte comes next behind white space; 0 at the end.
func (s *jsonScanner) next() byte {
	s.space()
	if len(s.rest) == 0 {
		return 0
	}
	return s.rest[0]
}

func (s *jsonScanner) value(depth int) {
	switch c := s.next(); c {
	case '{':
		s.object(depth + 1)
	case '[':
		s.array(depth + 1)
	case '"':
		_ = s.text()
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
}

func (s *jsonScanner) word(w string) {
	if !bytes.HasPrefix(s.rest, []byte(w)) {
		s.fail(NotJSON)
		return
	}
	s.rest = s.rest[len(w):]
}

// list reads items up to the closing byte.
func (s *jsonScanner) list(depth int, closing byte, item func()) {
	if depth > maxDepth {
		s.fail(TooDeep)
		return
	}
	s.rest = s.rest[1:]
	if s.next() == closing {
		s.take(closing)
		return
	}
	for s.fault == OK {
		item()
		if c := s.next(); c == closing {
			s.take(closing)
			return
		}
		if !s.take(',') {
			s.fail(NotJSON)
		}
	}
}

func (s *jsonScanner) array(depth int) {
	s.list(depth, ']', func() { s.value(depth) })
}

func (s *jsonScanner) object(depth int) {
	var seen names
	s.list(depth, '}', func() {
		if s.next() != '"' {
			s.fail(NotJSON)
			return
		}
		name := s.text()
		if s.fault == OK && seen.twice(name) {
			s.fail(RepeatedName)
		}
		s.space()
		if !s.take(':') {
			s.fail(NotJSON)
		}
		if s.fault == OK {
			s.value(depth)
		}
	})
}

// number reads a number, which must be one of jsonb too: a numeric.
func (s *jsonScanner) number() {
	n := 0
	for n < len(s.rest) && bytes.IndexByte([]byte("+-.eE0123456789"), s.rest[n]) >= 0 {
		n++
	}
	if !wellFormed(s.rest[:n]) {
		s.fail(NotJSON)
		return
	}
	if fault := holdsNumeric(s.rest[:n]); fault != OK {
		s.fail(fault)
		return
	}
	s.rest = s.rest[n:]
}

// wellFormed is true of a number of JSON: no sign before it but -, no zeros before
// other digits, digits on both sides of a point.
func wellFormed(v []byte) bool {
	v = bytes.TrimPrefix(v, []byte("-"))
	whole, v := digitsOf(v)
	if len(whole) == 0 || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if len(v) > 0 && v[0] == '.' {
		var fraction []byte
		if fraction, v = digitsOf(v[1:]); len(fraction) == 0 {
			return false
		}
	}
	if len(v) == 0 {
		return true
	}
	_, isExponent := exponent(v)
	return isExponent
}

func digitsOf(v []byte) (found, rest []byte) {
	n := 0
	for n < len(v) && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	return v[:n], v[n:]
}

// holdsNumeric says whether a numeric without limits holds the number as it is written.
func holdsNumeric(v []byte) Fault {
	d, fault := parse(v)
	switch {
	case fault != OK:
		return fault
	case d.point > maxBeforePoint, d.digits == 0 && d.scale < -maxBeforePoint:
		return TooManyDigits
	case d.digits-d.point > maxAfterPoint, d.scale > maxAfterPoint:
		return TooManyDecimals
	}
	return OK
}

// names are those of one object.
type names struct {
	few  [8][]byte
	n    int
	many map[string]bool
}

// twice notes a name, and says whether it was there before.
func (n *names) twice(name []byte) bool {
	for _, other := range n.few[:min(n.n, len(n.few))] {
		if bytes.Equal(name, other) {
			return true
		}
	}
	if n.n < len(n.few) {
		n.few[n.n] = name
		n.n++
		return false
	}
	if n.many == nil {
		n.many = map[string]bool{}
	}
	if n.many[string(name)] {
		return true
	}
	n.many[string(name)] = true
	return false
}
