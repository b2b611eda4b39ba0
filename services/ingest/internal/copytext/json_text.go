package copytext

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string, and returns its characters with the escapes resolved.
func (s *jsonScanner) text() []byte {
	v := s.rest[1:]
	end := bytes.IndexAny(v, `"\`)
	if end < 0 || hasControl(v[:end]) {
		s.fail(NotJSON)
		return nil
	}
	if v[end] == '"' {
		s.rest = v[end+1:]
		return v[:end]
	}
	return s.escaped(bytes.Clone(v[:end]), v[end:])
}

// escaped reads on from the first escape of a string, of which out has come.
func (s *jsonScanner) escaped(out, v []byte) []byte {
	for len(v) > 0 && v[0] >= ' ' {
		switch v[0] {
		case '"':
			s.rest = v[1:]
			return out
		case '\\':
			r, n, fault := escape(v)
			if fault != OK {
				s.fail(fault)
				return nil
			}
			out, v = utf8.AppendRune(out, r), v[n:]
		default:
			out, v = append(out, v[0]), v[1:]
		}
	}
	s.fail(NotJSON)
	return nil
}

func hasControl(v []byte) bool {
	return bytes.ContainsFunc(v, func(r rune) bool { return r < ' ' })
}

var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads one escape, a pair of surrogates among them, and how long it is.
func escape(v []byte) (r rune, length int, fault Fault) {
	if len(v) < len(`\n`) {
		return 0, 0, NotJSON
	}
	if plain, ok := escapes[v[1]]; ok {
		return plain, len(`\n`), OK
	}
	r, ok := codeUnit(v)
	switch {
	case !ok:
		return 0, 0, NotJSON
	case r == 0:
		return 0, 0, EscapedNUL
	case !utf16.IsSurrogate(r):
		return r, len(`\u0000`), OK
	}
	low, _ := codeUnit(v[len(`\u0000`):])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0, HalfPair
	}
	return r, 2 * len(`\u0000`), OK
}

// codeUnit reads \u and four hexadecimal digits.
func codeUnit(v []byte) (r rune, ok bool) {
	if len(v) < len(`\u0000`) || v[0] != '\\' || v[1] != 'u' {
		return 0, false
	}
	for _, c := range v[2:len(`\u0000`)] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
