package lift

import (
	"cmp"
	"slices"
)

// count is a value and how many rows have it.
type count struct {
	value float64
	rows  int
}

// counted lists the values, the most frequent first, and of two that are equally so the
// smaller one.
func counted(values []float64) []count {
	rows := make(map[float64]int)
	for _, v := range values {
		rows[v]++
	}
	counts := make([]count, 0, len(rows))
	for value, n := range rows {
		counts = append(counts, count{value, n})
	}
	slices.SortFunc(counts, func(a, b count) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.value, b.value))
	})
	return counts
}

// indicator is 1 where the value is the given one, 0 elsewhere.
func indicator(values []float64, of float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		if v == of {
			out[i] = 1
		}
	}
	return out
}
