package unseen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// invisible says of a character that nothing of it is to be seen: white space, control
// and format characters (zero width space, byte order mark, word joiner, marks of
// direction), and the fillers that are letters by their class and have no shape.
func invisible(r rune) bool {
	if r < 0x80 {
		return r <= ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point) || r == brailleBlank
}

// brailleBlank is a pattern without dots.
const brailleBlank = '\u2800'

// plain says of a byte that it is ASCII and to be seen, so that an edge ends there.
func plain(b byte) bool { return b > ' ' && b < 0x7f }

// Trim returns the text without the blanks and invisible characters at its edges, in
// the memory of v. What is not UTF-8 is no blank.
func Trim(v []byte) []byte {
	if n := len(v); n == 0 || plain(v[0]) && plain(v[n-1]) {
		return v
	}
	for len(v) > 0 {
		r, size := utf8.DecodeRune(v)
		if !invisible(r) {
			break
		}
		v = v[size:]
	}
	for len(v) > 0 {
		r, size := utf8.DecodeLastRune(v)
		if !invisible(r) {
			break
		}
		v = v[:len(v)-size]
	}
	return v
}

// maxNamed is how many characters of an edge are named; a padded value may have many.
const maxNamed = 3

// Edges names what cannot be seen at the edges of a text by its code points, "U+FEFF at
// its beginning and U+0020 at its end"; empty where nothing is there.
func Edges(v []byte) string {
	kept := Trim(v)
	if len(kept) == len(v) {
		return ""
	}
	if len(kept) == 0 {
		return CodePoints(v) + " and nothing else"
	}
	before := len(v) - len(kept)
	for i := 0; i <= before; i++ {
		if &v[i] == &kept[0] {
			before = i
		}
	}
	var said []string
	if before > 0 {
		said = append(said, CodePoints(v[:before])+" at its beginning")
	}
	if end := v[before+len(kept):]; len(end) > 0 {
		said = append(said, CodePoints(end)+" at its end")
	}
	return strings.Join(said, " and ")
}
