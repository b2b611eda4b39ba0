package copytext

import "unicode/utf8"

func (c *Column) text(dst, v []byte, quoted bool) ([]byte, Fault) { return appendText(dst, v, quoted) }

// limited takes no more characters than declared. PostgreSQL would cut blanks at the
// end that are too many, and so change the value of a varchar(n). In a char(n) they
// mean nothing, and PostgreSQL fills up with them.
func (c *Column) limited(dst, v []byte, quoted bool) ([]byte, Fault) {
	v = c.Bare(v)
	if len(v) == 0 {
		return dst, OK
	}
	dst, fault := appendText(dst, v, quoted)
	if fault.Fits() && len(v) > c.typ.Length && utf8.RuneCount(v) > c.typ.Length {
		return dst, TooLong
	}
	return dst, fault
}
