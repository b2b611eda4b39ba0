package prose

import (
	"strings"
	"unicode"
)

// unseen are letters and symbols that show nothing: fillers of Korean syllables, and the
// empty pattern of Braille.
const unseen = "\u115f\u1160\u3164\uffa0\u2800"

// Blank says whether a text shows nothing: it is empty, or of blanks, control characters
// and such as are there for others, as U+200B. Where somebody must say why, that says
// nothing.
func Blank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.In(r, unicode.C, unicode.Mn, unicode.Me, unicode.Z) && !strings.ContainsRune(unseen, r)
	}) < 0
}
