package prose

import "unicode"

// directions are the characters that turn the direction of what comes after them
// (https://www.unicode.org/reports/tr9/): a text that somebody else chose shows with them
// as another one, and so does what stands beside it.
var directions = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x061c, Hi: 0x061c, Stride: 1},
	{Lo: 0x200e, Hi: 0x200f, Stride: 1},
	{Lo: 0x202a, Hi: 0x202e, Stride: 1},
	{Lo: 0x2066, Hi: 0x2069, Stride: 1},
}}

// TurnsText says whether a character turns the direction of text.
func TurnsText(r rune) bool { return unicode.Is(directions, r) }
