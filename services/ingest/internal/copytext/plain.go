package copytext

import "encoding/binary"

// Eight bytes at once: each constant is one byte eight times.
const (
	ones      = 0x0101010101010101
	highBits  = 0x80 * ones
	aboveCR   = ('\r' + 1) * ones
	backslash = '\\' * ones
)

// plainBytes returns how many bytes of v, in steps of eight, are ASCII of which COPY
// reads each as itself: no control character up to CR, no backslash. Most texts are
// nothing else, and eight bytes cost what one does.
//
// x-n borrows into a byte's highest bit where the byte is less than n; for bytes below
// 0x80, which the first test sees to, the lowest one found is right, and any will do.
func plainBytes(v []byte) int {
	i := 0
	for ; i+8 <= len(v); i += 8 {
		x := binary.LittleEndian.Uint64(v[i:])
		y := x ^ backslash
		if (x|(x-aboveCR)|(y-ones))&highBits != 0 {
			break
		}
	}
	return i
}
