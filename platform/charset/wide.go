package charset

import "bytes"

// marks are those that texts of two or four bytes for an ASCII letter begin with. What begins
// as another one does stands before it.
var marks = []struct{ begins, of string }{
	{"\xff\xfe\x00\x00", utf32}, {"\x00\x00\xfe\xff", utf32}, {"\xff\xfe", utf16}, {"\xfe\xff", utf16},
}

const (
	utf16 = "UTF-16 text"
	utf32 = "UTF-32 text"
)

// Wide names an encoding of two or four bytes for an ASCII letter, "UTF-16 text" or "UTF-32
// text", by the mark that a text begins with, or by the zeros of its first letters; it is
// empty for any other.
func Wide(head []byte) string {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return m.of
		}
	}
	if len(head) < 4 {
		return ""
	}
	var zero [4]bool
	for i := range zero {
		zero[i] = head[i] == 0
	}
	switch zero {
	case [4]bool{false, true, true, true}, [4]bool{true, true, true, false}:
		return utf32
	case [4]bool{false, true, false, true}, [4]bool{true, false, true, false}:
		return utf16
	}
	return ""
}
