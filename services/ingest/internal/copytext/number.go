package copytext

import (
	"bytes"
	"strconv"
)

// decimal is a number as it is written, taken apart: [sign] digits [. digits] [e exponent].
type decimal struct {
	negative bool
	// digits are how many count: from the first that is not 0 to the last that is not 0.
	digits int
	// point is where the decimal point stands, in digits behind the first that counts,
	// the exponent included: 2 in 12.5, -1 in 0.01.
	point int
	// scale is how many digits stand after the point, zeros at the end included, the
	// exponent taken off.
	scale int
	// padded says that the digits begin with a 0 that another digit follows.
	padded bool
}

// maxExponent bounds the exponent of a number as it is written: beyond it no type
// holds the number, whatever its digits.
const maxExponent = 200_000

// parse takes a number apart. fault is OK, NotNumber or NotFinite.
func parse(v []byte) (d decimal, fault Fault) {
	i := 0
	if v[0] == '-' || v[0] == '+' {
		d.negative = v[0] == '-'
		i++
	}
	d.padded = padded(v[i:])
	i, n := d.mantissa(v, i)
	if n == 0 {
		return d, notNumber(v)
	}
	if i < len(v) {
		exp, ok := exponent(v[i:])
		if !ok {
			return d, notNumber(v)
		}
		d.point += exp
		d.scale -= exp
	}
	if d.digits == 0 {
		d.point = 0 // zero, however it is written
	}
	return d, OK
}

// padded says whether digits begin with a 0 that another digit follows.
func padded(digits []byte) bool {
	return len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'
}

// remark is what is to be said of a number that fits.
func (d *decimal) remark() Fault {
	if d.padded {
		return LeadingZeros
	}
	return OK
}

// mantissa reads digits and at most one point from v[i:]. It returns where it stopped
// and how many digits there were.
func (d *decimal) mantissa(v []byte, i int) (end, n int) {
	seen, zeros, pointed := 0, 0, false // digits from the first that is not 0; zeros at their end
	for ; i < len(v); i++ {
		c := v[i]
		if c == '.' && !pointed {
			pointed = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		n++
		if pointed {
			d.scale++
		}
		switch {
		case c != '0':
			seen, zeros = seen+1, 0
		case seen > 0:
			seen, zeros = seen+1, zeros+1
		case pointed:
			d.point-- // 0.0…: the first digit that counts comes later
		}
		if seen > 0 && !pointed {
			d.point++
		}
	}
	d.digits = seen - zeros
	return i, n
}

// exponent reads e, a sign and digits, to the end.
func exponent(v []byte) (int, bool) {
	if v[0] != 'e' && v[0] != 'E' {
		return 0, false
	}
	v = v[1:]
	sign := 1
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		if v[0] == '-' {
			sign = -1
		}
		v = v[1:]
	}
	if len(v) == 0 {
		return 0, false
	}
	exp := 0
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		exp = min(exp*10+int(c-'0'), maxExponent)
	}
	return sign * exp, true
}

// notNumber tells what programs write for no number or for no finite one, and what is
// one elsewhere.
func notNumber(v []byte) Fault {
	word := bytes.TrimLeft(v, "+-")
	for _, w := range [...]string{"nan", "inf", "infinity"} {
		if len(word) == len(w) && equalFold(word, w) {
			return NotFinite
		}
	}
	if separated(word) {
		return Separated
	}
	return NotNumber
}

// Limits of numeric without a precision
// (https://www.postgresql.org/docs/current/datatype-numeric.html).
const (
	maxBeforePoint = 131072
	maxAfterPoint  = 16383
)

// appendNumeric appends a decimal number as it is written. With a precision, it must
// fit without rounding, and have no more digits after the point than the type, zeros
// included, but for .0: 1.000 may have been meant as a thousand.
func appendNumeric(dst, v []byte, precision, scale int) ([]byte, Fault) {
	d, fault := parse(v)
	if fault != OK {
		return dst, fault
	}
	before, after := maxBeforePoint, maxAfterPoint
	if precision > 0 {
		before, after = precision-scale, scale
	}
	written := after // digits that may stand after the point, zeros at their end included
	if precision > 0 {
		written = max(scale, 1)
	}
	switch {
	case d.point > before:
		return dst, TooManyDigits
	case d.digits == 0 && bytes.ContainsAny(v, "eE"):
		return append(dst, '0'), d.remark() // 0e99999 is beyond what PostgreSQL reads
	case d.digits-d.point > after, d.scale > maxAfterPoint:
		return dst, TooManyDecimals
	case d.scale > written:
		return dst, ZerosAfterPoint
	}
	return append(dst, v...), d.remark()
}

// Where a binary number of 32 or 64 bits needs no closer look: all its digits before the
// point, and none so small that they vanish.
const (
	easyReal   = 30
	easyDouble = 300
)

// appendFloating appends a number that real (32 bits) or double precision (64) holds,
// rounded as it may be.
func appendFloating(dst, v []byte, bits int) ([]byte, Fault) {
	d, fault := parse(v)
	if fault != OK {
		return dst, fault
	}
	if d.digits == 0 {
		return append(dst, '0'), d.remark()
	}
	easy := easyDouble
	if bits == 32 {
		easy = easyReal
	}
	if d.point > easy || d.point < -easy {
		f, err := strconv.ParseFloat(string(v), bits)
		if err != nil || f == 0 {
			return dst, OutOfRange
		}
	}
	return append(dst, v...), d.remark()
}
