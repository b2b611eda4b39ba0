package format

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// recycler is the memory of one file: what a batch gave back serves the next one. Without
// it every batch leaves several times its size to the garbage collector, and a process holds
// twice what it uses. It is for one goroutine.
type recycler struct {
	// free are slices by the power of two that they hold.
	free [bits.UintSize][][]byte
}

var _ memory.Allocator = (*recycler)(nil)

// smallest is the least that is handed out, as a power of two: a line of a processor's cache.
const smallest = 6

// powerOf is the least power of two that holds a size.
func powerOf(size int) int {
	return max(smallest, bits.Len(uint(max(size, 1)-1)))
}

// Allocate returns memory of a size, zeroed, as builders take it for granted.
func (r *recycler) Allocate(size int) []byte {
	n := powerOf(size)
	last := len(r.free[n]) - 1
	if last < 0 {
		return make([]byte, size, 1<<n)
	}
	b := r.free[n][last]
	r.free[n] = r.free[n][:last]
	clear(b)
	return b[:size]
}

// Reallocate returns memory of another size that begins with what stood in the first.
func (r *recycler) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	grown := r.Allocate(size)
	copy(grown, b)
	r.Free(b)
	return grown
}

// Free takes memory back.
func (r *recycler) Free(b []byte) {
	if n := powerOf(cap(b)); cap(b) == 1<<n {
		r.free[n] = append(r.free[n], b[:cap(b)])
	}
}
