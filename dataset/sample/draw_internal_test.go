package sample

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPermutationMeetsEachNumberOnce(t *testing.T) {
	t.Parallel()
	for _, size := range []uint64{1, 2, 3, 10, 97, 100, 4096} {
		for _, factor := range []uint64{0, 1, 2, 5, 1 << 63, 1<<64 - 1} {
			p := newPermutation(size, factor, 12345)
			seen := map[uint64]bool{}
			for x := range size {
				seen[p.of(x)] = true
			}
			require.Len(t, seen, int(size), "size %d, factor %d", size, factor) // small
		}
	}
}

func TestNamesAreUniqueOverTheWholeRange(t *testing.T) {
	t.Parallel()
	n := naming{newPermutation(ids, mix(1), mix(2))}
	seen := map[[10]byte]bool{}
	for i := range uint64(20_000) {
		seen[n.of(i)] = true
		seen[n.of(ids-1-i)] = true
	}
	require.Len(t, seen, 40_000)
}

func TestBellHasItsDeviation(t *testing.T) {
	t.Parallel()
	const draws = 200_000
	s := newStream(1, 2, 3)
	var sum, squares float64
	for range draws {
		x := float64(s.bell()) / bellDeviation
		require.LessOrEqual(t, x*x, 12.01) // never further than 131,070
		sum += x
		squares += x * x
	}
	require.InDelta(t, 0, sum/draws, 0.01)
	require.InDelta(t, 1, squares/draws, 0.02)
}

func TestPickKeepsItsWeights(t *testing.T) {
	t.Parallel()
	const draws = 100_000
	s := newStream(1, 2, 3)
	counts := make([]float64, 3)
	for range draws {
		counts[s.pick(7000, 500)]++
	}
	require.InDelta(t, 0.70, counts[0]/draws, 0.01)
	require.InDelta(t, 0.05, counts[1]/draws, 0.005)
	require.InDelta(t, 0.25, counts[2]/draws, 0.01)
}

func TestStreamsOfOthersShareNothing(t *testing.T) {
	t.Parallel()
	seen := map[uint64]bool{}
	for seed := range uint64(10) {
		for user := range uint64(10) {
			for purpose := range uint64(10) {
				s := newStream(seed, user, purpose)
				seen[s.next()] = true
			}
		}
	}
	require.Len(t, seen, 1000)
}

func TestAppendCentsWritesAsPythonDoes(t *testing.T) {
	t.Parallel()
	for cents, want := range map[int64]string{0: ",0.0", 5: ",0.05", 10: ",0.1", 2000: ",20.0", 2985: ",29.85", 7070: ",70.7", 868480: ",8684.8"} {
		require.Equal(t, want, string(appendCents(nil, cents)))
	}
}

func TestWatchedHoursStayPositiveAndExact(t *testing.T) {
	t.Parallel()
	p := person{}
	for user := range uint64(20_000) {
		s := newStream(9, user, 0)
		p.watch = drawWatch(&s)
		now := p.in(1, newStream(9, user, 2))
		require.Greater(t, now.watch, 2*hour)
		require.Less(t, now.watch, int64(1)<<53) // what a double counts exactly
	}
}
