package rename

import (
	"fmt"
	"slices"
)

// aside is what a column is called while another one takes its name. No column of a
// dataset may begin with sf_.
const aside = "sf_renamed"

// Steps are the pairs in an order in which they can be carried out one by one in a table
// that has columns of these names: whatever takes a name comes after what leaves it. A
// ring is opened by a name that nobody has.
func (ps Pairs) Steps(names []string) []Pair {
	taken, left := slices.Clone(names), slices.Clone(ps)
	var steps, last []Pair
	step := func(from, to string) {
		steps = append(steps, Pair{from, to})
		taken[slices.Index(taken, from)] = to
	}
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(p Pair) bool { return !slices.Contains(taken, p.To) })
		if i >= 0 {
			step(left[i].From, left[i].To)
			left = slices.Delete(left, i, i+1)
			continue
		}
		spare := free(taken)
		last = append(last, Pair{spare, left[0].To})
		step(left[0].From, spare)
		left = left[1:]
	}
	return append(steps, last...)
}

// InTurn are the pairs of paths in an order in which each can be carried out by itself.
func (ps Pairs) InTurn() []Pair {
	stand := make([]string, len(ps))
	for i, p := range ps {
		stand[i] = p.From
	}
	return ps.Steps(stand)
}

func free(taken []string) string {
	name := aside
	for n := 2; slices.Contains(taken, name); n++ {
		name = fmt.Sprintf("%s_%d", aside, n)
	}
	return name
}
