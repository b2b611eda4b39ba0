package rest

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/streamflow/streamflow/platform/problem"
)

// escaped is how long an escape of a character is, as in \ud83d.
const escaped = len(`\u0000`)

// checkText refuses text that no field can hold, in a body that is JSON otherwise: bytes that
// are no UTF-8, and one half of a pair of escapes. The decoder would, too: without a place,
// and of a half at the end of a text in words that speak of the body's end.
func checkText(body []byte) error {
	for i := 0; i < len(body); {
		switch r, size := utf8.DecodeRune(body[i:]); {
		case r == utf8.RuneError && size == 1:
			return problem.New(problem.InvalidRequest, "the body is no UTF-8: %s: found the byte 0x%02x: send the body in UTF-8", place(body, i+1), body[i])
		case r == '\\':
			length, ok := escape(body[i:])
			if !ok {
				return problem.New(problem.InvalidRequest,
					"the body is no text: %s: %s is half of a pair: want both, as in \\ud83d\\ude00, or the character itself", place(body, i+1), body[i:i+escaped])
			}
			i += length
		default:
			i += size
		}
	}
	return nil
}

// escape returns how long the escape is that JSON begins with, a pair as one; false of half
// a pair.
func escape(body []byte) (length int, ok bool) {
	first, is := unit(body)
	if !is {
		return len(`\n`), true
	}
	if !utf16.IsSurrogate(first) {
		return escaped, true
	}
	second, is := unit(body[escaped:])
	return 2 * escaped, is && utf16.DecodeRune(first, second) != utf8.RuneError
}

// unit reads one escape of a number.
func unit(body []byte) (rune, bool) {
	if len(body) < escaped || body[0] != '\\' || body[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(body[2:escaped]), 16, 16)
	return rune(n), err == nil
}
