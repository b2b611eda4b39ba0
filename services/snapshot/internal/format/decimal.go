package format

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// maxDigits is how many a decimal of 128 bits holds. With more, a column is text.
const maxDigits = 38

// The signs of PostgreSQL's binary form of a numeric.
const (
	positive = 0x0000
	negative = 0x4000
)

func appendDecimal(b array.Builder, c layout.Column) appendValue {
	to := b.(*array.Decimal128Builder)
	limit := power(c.Type.Precision)
	return func(raw []byte) error {
		n, why := decimal(raw, c.Type.Scale)
		if why == "" && !n.magnitude.less(limit) {
			why = "one of more digits"
		}
		if why != "" {
			return &MisfitError{c.Name, c.Type.String(), why}
		}
		value := decimal128.New(int64(n.magnitude.hi), n.magnitude.lo) // below 10^38, and so below 2^127
		if n.negative {
			value = value.Negate()
		}
		to.Append(value)
		return nil
	}
}

// number is a decimal without its point.
type number struct {
	magnitude wide
	negative  bool
}

// decimal reads PostgreSQL's binary form, which is digits to the base of 10,000: how many,
// the weight of the first, the sign, how many are shown, and the digits. The value comes
// times ten to the scale; or it says why it cannot.
func decimal(raw []byte, scale int) (n number, why string) {
	if len(raw) < 8 || len(raw) != 8+2*int(binary.BigEndian.Uint16(raw)) {
		return n, fmt.Sprintf("%d bytes that are no numeric", len(raw))
	}
	count, weight := int(binary.BigEndian.Uint16(raw)), int(int16(binary.BigEndian.Uint16(raw[2:])))
	switch sign := binary.BigEndian.Uint16(raw[4:]); sign {
	case positive, negative:
		n.negative = sign == negative
	default:
		return n, "a NaN or an infinity"
	}
	for i := range count {
		digit := uint64(binary.BigEndian.Uint16(raw[8+2*i:]))
		places := 4
		if below := 4*(i-weight) - scale; below > 0 { // so many of its decimal digits are beyond the scale
			if below >= 4 || digit%pow10[below] != 0 {
				return n, fmt.Sprintf("one of more than %d decimal places", scale)
			}
			digit, places = digit/pow10[below], 4-below
		}
		if n.magnitude = n.magnitude.times(pow10[places]).plus(digit); n.magnitude.hi>>63 != 0 {
			return n, "one of more digits"
		}
	}
	if count == 0 {
		return n, ""
	}
	for behind := scale - 4*(count-1-weight); behind > 0; behind-- {
		if n.magnitude = n.magnitude.times(10); n.magnitude.hi>>63 != 0 {
			return n, "one of more digits"
		}
	}
	return n, ""
}

var pow10 = [5]uint64{1, 10, 100, 1000, 10000}

// wide is a number of 128 bits without a sign. What does not fit is its greatest, so that
// it stays too great whatever follows.
type wide struct{ hi, lo uint64 }

var greatest = wide{^uint64(0), ^uint64(0)}

func (w wide) times(by uint64) wide {
	high, low := bits.Mul64(w.lo, by)
	over, more := bits.Mul64(w.hi, by)
	sum, carry := bits.Add64(more, high, 0)
	if over != 0 || carry != 0 {
		return greatest
	}
	return wide{sum, low}
}

func (w wide) plus(n uint64) wide {
	low, carry := bits.Add64(w.lo, n, 0)
	high, over := bits.Add64(w.hi, 0, carry)
	if over != 0 {
		return greatest
	}
	return wide{high, low}
}

func (w wide) less(than wide) bool {
	return w.hi < than.hi || w.hi == than.hi && w.lo < than.lo
}

// power is ten to the power of n, which is at most maxDigits.
func power(n int) wide {
	w := wide{lo: 1}
	for range n {
		w = w.times(10)
	}
	return w
}
