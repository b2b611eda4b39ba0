// Package charset guesses which encoding bytes are of that are no UTF-8, for people who
// have to save the file anew. It converts nothing: a guess is no ground to change data.
package charset

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Guess names the first byte that is no UTF-8, and what it likely is: "byte 0xE9, which
// is é in Windows-1252 and Latin-1". It is empty for UTF-8.
func Guess(v []byte) string {
	at := invalid(v)
	if at < 0 {
		return ""
	}
	b := v[at]
	said := fmt.Sprintf("byte 0x%02X", b)
	switch rest := v[at:]; {
	case surrogate(rest):
		return said + ", which begins half a pair of UTF-16 (CESU-8 writes so)"
	case len(rest) > 1 && !utf8.FullRune(rest):
		return said + ", which begins a character of UTF-8 that is cut off"
	case foreign(rest):
		return said + ", of an encoding that is neither UTF-8 nor one of Western Europe"
	}
	r := charmap.Windows1252.DecodeByte(b)
	switch {
	case r == utf8.RuneError:
		return said + ", of an encoding that is neither UTF-8 nor one of Western Europe"
	case b < 0xa0: // Latin-1 has control characters there
		return fmt.Sprintf("%s, which is %c in Windows-1252", said, r)
	}
	return fmt.Sprintf("%s, which is %c in Windows-1252 and Latin-1", said, r)
}

// invalid returns where the first byte stands that is no UTF-8; -1 where there is none.
func invalid(v []byte) int {
	for i := 0; i < len(v); {
		r, size := utf8.DecodeRune(v[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// surrogate says whether bytes are half a pair of UTF-16, written as UTF-8 is.
func surrogate(v []byte) bool {
	return len(v) >= 3 && v[0] == 0xed && v[1] >= 0xa0 && v[1] <= 0xbf
}

// manyHigh is how many bytes of 0x80 or more in a row no word of Western Europe has.
const manyHigh = 4

// foreign says whether a text begins with as many high bytes as words of Cyrillic, Greek
// and the alphabets of Asia have.
func foreign(v []byte) bool {
	for i, b := range v {
		if b < utf8.RuneSelf {
			return false
		}
		if i+1 == manyHigh {
			return true
		}
	}
	return false
}
