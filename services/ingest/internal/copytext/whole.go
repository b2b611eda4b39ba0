package copytext

import (
	"bytes"
	"strconv"
)

// appendWhole appends a whole number below limit (at most limit where it is
// negative). 3.0 is whole, as programs write a column of integers that has holes;
// 1.000 is not, since half of Europe writes a thousand so.
func appendWhole(dst, v []byte, limit uint64) ([]byte, Fault) {
	i := 0
	negative := v[0] == '-'
	if negative || v[0] == '+' {
		i++
	}
	begin, n := i, uint64(0)
	for ; i < len(v) && v[i] >= '0' && v[i] <= '9'; i++ {
		digit := uint64(v[i] - '0')
		if n > (limit-digit)/10 {
			if _, fault := parse(v); fault != OK {
				return dst, fault
			}
			return dst, OutOfRange
		}
		n = n*10 + digit
	}
	if i == begin || i < len(v) {
		if fault := wholeTail(v, i, begin); fault != OK {
			return dst, fault
		}
	}
	if !negative && n >= limit {
		return dst, OutOfRange
	}
	if i == len(v) && v[begin] != '0' && v[0] != '+' {
		return append(dst, v...), OK // written as PostgreSQL writes it
	}
	if negative && n > 0 {
		dst = append(dst, '-')
	}
	dst = strconv.AppendUint(dst, n, 10)
	if v[begin] == '0' && i > begin+1 {
		return dst, LeadingZeros
	}
	return dst, OK
}

// wholeTail judges what follows the digits of a whole number: nothing but .0.
func wholeTail(v []byte, i, begin int) Fault {
	if _, fault := parse(v); fault != OK {
		return fault
	}
	if i == begin || v[i] != '.' {
		return NotWhole // .5, 1e3: a number, but not written as a whole one
	}
	zeros := v[i+1:]
	switch {
	case len(bytes.Trim(zeros, "0")) > 0, len(zeros) == 0:
		return NotWhole
	case len(zeros) > 1:
		return ZerosAfterPoint
	}
	return OK
}
