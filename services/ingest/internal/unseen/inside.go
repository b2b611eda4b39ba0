package unseen

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// hidden are characters that show nothing inside a text either, and change nothing of
// what is seen of its letters: those that Unicode says may be ignored where they are not
// supported (Default_Ignorable_Code_Point of DerivedCoreProperties.txt: soft hyphen, zero
// width space, marks of direction, word joiner, invisible operators, byte order mark, those
// of shorthand and of music), controls that are no line's end, marks of annotations. Joiners
// are none of these (without them letters of some scripts look otherwise), nor are the
// selectors and tags that choose a picture, nor the fillers of Hangul, which take room.
var hidden = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0080, Hi: 0x0084, Stride: 1},
		{Lo: 0x0086, Hi: 0x009f, Stride: 1},
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
		{Lo: 0x034f, Hi: 0x034f, Stride: 1},
		{Lo: 0x061c, Hi: 0x061c, Stride: 1},
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
		{Lo: 0x180e, Hi: 0x180e, Stride: 1},
		{Lo: 0x200b, Hi: 0x200b, Stride: 1},
		{Lo: 0x200e, Hi: 0x200f, Stride: 1},
		{Lo: 0x202a, Hi: 0x202e, Stride: 1},
		{Lo: 0x2060, Hi: 0x206f, Stride: 1},
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
		{Lo: 0xfff0, Hi: 0xfffb, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1bca0, Hi: 0x1bca3, Stride: 1},
		{Lo: 0x1d173, Hi: 0x1d17a, Stride: 1},
		{Lo: 0xe0000, Hi: 0xe001f, Stride: 1},
		{Lo: 0xe0080, Hi: 0xe00ff, Stride: 1},
		{Lo: 0xe01f0, Hi: 0xe0fff, Stride: 1},
	},
	LatinOffset: 3,
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
