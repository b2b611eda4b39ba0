package sample

import (
	"math/bits"
)

// cast knows who there is in which month. Users are numbered: first those of the
// first month, then those who join, month by month.
type cast struct {
	options Options
	names   naming
	// leaving puts the first month's users in the order in which they depart.
	leaving permutation
}

func newCast(o Options) *cast {
	return &cast{
		options: o,
		names:   naming{newPermutation(ids, mix(o.Seed+1), mix(o.Seed+2))},
		leaving: newPermutation(uint64(o.Users), mix(o.Seed+3), mix(o.Seed+4)),
	}
}

// until is one more than the last index of a month's users.
func (c *cast) until(month int) uint64 {
	return uint64(c.options.Users + month*c.options.Joined)
}

// here is true of a user who has not departed by a month.
func (c *cast) here(index uint64, month int) bool {
	gone := uint64(month * c.options.Departed)
	return gone == 0 || index >= c.leaving.size || c.leaving.of(index) >= gone
}

// joinedIn is the month in which a user joined, 0 for those of the first.
func (c *cast) joinedIn(index uint64) int {
	if index < c.leaving.size {
		return 0
	}
	return 1 + int(index-c.leaving.size)/c.options.Joined
}

// permutation is x → (factor·x + offset) mod size, which meets each number below
// size once where factor and size have no divisor in common.
type permutation struct {
	size, factor, offset uint64
}

func newPermutation(size, factor, offset uint64) permutation {
	factor %= size
	for gcd(factor, size) != 1 {
		factor++
	}
	return permutation{size: size, factor: factor, offset: offset % size}
}

func (p permutation) of(x uint64) uint64 {
	high, low := bits.Mul64(p.factor, x)
	low, carry := bits.Add64(low, p.offset, 0)
	return bits.Rem64(high+carry, low, p.size)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// letters is the number of words of five letters, ids that of all user ids.
const (
	letters = 26 * 26 * 26 * 26 * 26
	ids     = 10_000 * letters
)

// naming gives each user an id of four digits, a dash and five letters.
type naming struct{ permutation }

func (n naming) of(index uint64) [10]byte {
	number := n.permutation.of(index)
	digits, word := number/letters, number%letters
	var id [10]byte
	for i := 3; i >= 0; i-- {
		id[i] = '0' + byte(digits%10)
		digits /= 10
	}
	id[4] = '-'
	for i := 9; i >= 5; i-- {
		id[i] = 'A' + byte(word%26)
		word /= 26
	}
	return id
}
