package unseen

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// hidden are characters that show nothing inside a text either, and change nothing of
// what is seen of its letters: soft hyphen, zero width space, marks of direction, word
// joiner, invisible operators, byte order mark. Joiners are none of these (without them
// letters of some scripts look otherwise), nor are the selectors that choose a picture.
var hidden = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
		{Lo: 0x061c, Hi: 0x061c, Stride: 1},
		{Lo: 0x180e, Hi: 0x180e, Stride: 1},
		{Lo: 0x200b, Hi: 0x200b, Stride: 1},
		{Lo: 0x200e, Hi: 0x200f, Stride: 1},
		{Lo: 0x202a, Hi: 0x202e, Stride: 1},
		{Lo: 0x2060, Hi: 0x2064, Stride: 1},
		{Lo: 0x2066, Hi: 0x206f, Stride: 1},
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
	},
	LatinOffset: 1,
}

// Inside names, by its code points, what cannot be seen between the edges of a text:
// "U+200B inside"; empty where nothing is there.
func Inside(v []byte) string {
	var found []rune
	for _, r := range string(Trim(v)) {
		if unicode.Is(hidden, r) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return CodePoints([]byte(string(found))) + " inside"
}

// shown is the text without the hidden characters; v itself where it has none.
func shown(v []byte) []byte {
	if bytes.IndexFunc(v, func(r rune) bool { return unicode.Is(hidden, r) }) < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for len(v) > 0 {
		r, size := utf8.DecodeRune(v)
		if !unicode.Is(hidden, r) {
			out = append(out, v[:size]...)
		}
		v = v[size:]
	}
	return out
}
