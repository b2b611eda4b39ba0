package lift

import (
	"cmp"
	"math"
	"slices"
)

// area is the distance of the area under the ROC curve from a half, whichever way the
// feature points. A missing number counts as less than every other; names are scored by
// the label's mean in the other half of the rows, so that one that stands once says
// nothing.
func area(feature Column, label []float64) float64 {
	if feature.Numeric {
		return rankArea(numbers(feature), label)
	}
	sum, halves := 0.0, 0
	for half := range 2 {
		scores, held := crossScores(feature, label, half)
		if counts := counted(held); len(counts) == 2 {
			sum += rankArea(scores, held)
			halves++
		}
	}
	if halves == 0 {
		return 0
	}
	return sum / float64(halves)
}

// numbers are a feature's values, the missing ones below all others.
func numbers(feature Column) []float64 {
	out := slices.Clone(feature.Values)
	for i, missing := range feature.Missing {
		if missing {
			out[i] = math.Inf(-1)
		}
	}
	return out
}

// rankArea is |AUC - 1/2| by the ranks of the scores, those that are equal sharing the
// mean of theirs (Mann and Whitney, 1947). NaN ranks as PostgreSQL has it, above all.
func rankArea(scores, label []float64) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) float64 {
		if math.IsNaN(scores[i]) {
			return math.MaxFloat64
		}
		return scores[i]
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	var ranks, positive float64
	for begin := 0; begin < len(order); {
		end := begin
		for end < len(order) && rank(order[end]) == rank(order[begin]) {
			end++
		}
		mean := float64(begin+1+end) / 2
		for _, i := range order[begin:end] {
			if label[i] > 0 {
				ranks += mean
				positive++
			}
		}
		begin = end
	}
	negative := float64(len(order)) - positive
	if positive == 0 || negative == 0 {
		return 0
	}
	return math.Abs((ranks-positive*(positive+1)/2)/(positive*negative) - 0.5)
}
