package sample

// stream is a sequence of pseudo-random numbers, SplitMix64 (Steele, Lea and
// Flood, "Fast splittable pseudorandom number generators", 2014). All that is
// drawn is made of whole numbers, so that no machine rounds it differently.
type stream struct{ state uint64 }

// golden is SplitMix64's increment, 2^64 divided by the golden ratio.
const golden = 0x9e3779b97f4a7c15

// mix is SplitMix64's finalizer: it spreads every bit of x over all bits.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// newStream begins the numbers of one purpose of one user; those of others share
// nothing with them.
func newStream(seed, user, purpose uint64) stream {
	return stream{mix(mix(mix(seed+golden)+user) + purpose)}
}

func (s *stream) next() uint64 {
	s.state += golden
	return mix(s.state)
}

// below draws a number from 0 to n-1. n is small, so that the bias is far under
// what anybody could measure.
func (s *stream) below(n int) int {
	return int(s.next() >> 32 * uint64(n) >> 32)
}

// outOf is what the weights of pick add up to.
const outOf = 10_000

// pick draws an index with the chance that its weight says, out of 10,000. The
// last index has what the others leave.
func (s *stream) pick(weights ...int) int {
	rest := s.below(outOf)
	for i, weight := range weights {
		if rest < weight {
			return i
		}
		rest -= weight
	}
	return len(weights)
}

// chance is true so many times out of 10,000.
func (s *stream) chance(weight int) bool { return s.below(outOf) < weight }

// bellDeviation is the standard deviation of bell: 2^16 times the square root of
// 4/12, since a uniform number from 0 to 1 has the variance 1/12.
const bellDeviation = 37_837

// bell draws from about a normal distribution of mean 0, the sum of four uniform
// numbers of 16 bits. It is never further from 0 than 131,070.
func (s *stream) bell() int64 {
	x := s.next()
	sum := x&0xffff + x>>16&0xffff + x>>32&0xffff + x>>48
	return int64(sum) - 2*0xffff
}
