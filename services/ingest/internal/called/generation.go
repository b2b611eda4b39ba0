package called

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// generations are what the columns of a table were called between its renames, the oldest
// first and the present names last. Each has a name for every column of today, empty where
// the name was another column's.
type generations [][]string

func generationsOf(t *declared.Table, steps []step) generations {
	all := make(generations, len(steps)+1)
	all[len(steps)] = t.Names()
	for i := len(steps) - 1; i >= 0; i-- {
		all[i] = before(steps[i].pairs, all[i+1])
	}
	return all
}

// before is what columns were called. A name that a rename left free, and that a column has
// without being renamed to it, is younger than the rename.
func before(pairs rename.Pairs, names []string) []string {
	older := pairs.AllBefore(names)
	for i, n := range names {
		if pairs.Renames(n) && !pairs.Makes(n) {
			older[i] = ""
		}
	}
	return older
}

// meaning is the present name of the column that was called so in a generation; empty where
// none was.
func (gs generations) meaning(g int, name string) string {
	if i := slices.Index(gs[g], name); i >= 0 && name != "" {
		return gs[len(gs)-1][i]
	}
	return ""
}

// last is the present name of the column that was called so last; empty where none was.
func (gs generations) last(name string) string {
	for g := len(gs) - 1; g >= 0; g-- {
		if column := gs.meaning(g, name); column != "" {
			return column
		}
	}
	return ""
}

// nearest is the generation nearest to the one of a date that has all of the names; -1
// where none has. Names that no generation has tell nothing.
func (gs generations) nearest(dated int, names ...string) int {
	best := -1
	for g := range gs {
		fits := !slices.ContainsFunc(names, func(n string) bool { return gs.knows(n) && gs.meaning(g, n) == "" })
		if fits && (best < 0 || distance(g, dated) < distance(best, dated)) {
			best = g
		}
	}
	return best
}

func (gs generations) knows(name string) bool {
	return slices.ContainsFunc(gs, func(names []string) bool { return name != "" && slices.Contains(names, name) })
}

func distance(a, b int) int { return max(a-b, b-a) }

// span are the first and the last generation that a header may be of: one, where it has the
// names of one; otherwise all from the one that one of its names tells of to that of another.
func (gs generations) span(dated int, names []string) (first, last int) {
	if g := gs.nearest(dated, names...); g >= 0 {
		return g, g
	}
	first, last = dated, dated
	for _, n := range names {
		g := gs.nearest(dated, n)
		first, last = min(first, g), max(last, g)
	}
	return first, last
}

// doubt returns the columns as which names of a header are read although the header, taken
// as a whole, may mean others by them: it has the names of another time than its date says,
// or those of two times at once.
func (gs generations) doubt(dated int, header, read []string) []string {
	first, last := gs.span(dated, header)
	var all []string
	for i, name := range header {
		for g := first; g <= last; g++ {
			means := gs.meaning(g, name)
			if means != "" && means != read[i] && slices.Contains(gs[len(gs)-1], read[i]) && !slices.Contains(all, read[i]) {
				all = append(all, read[i])
			}
		}
	}
	return all
}

// telling are the names of a header by which it is of another time than its date says.
func (gs generations) telling(dated int, header []string) []string {
	var all []string
	for _, n := range header {
		if gs.knows(n) && gs.meaning(dated, n) == "" && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// exchanged are the names of a header that meant other columns before a step than after it,
// where no other name of it tells that the step is known to whoever made the file.
func (gs generations) exchanged(step int, header []string) []string {
	var all []string
	for _, n := range header {
		then, now := gs.meaning(step, n), gs.meaning(step+1, n)
		switch {
		case then == "" && gs.knows(n):
			return nil
		case then != "" && now != "" && then != now:
			all = append(all, n)
		}
	}
	return all
}

// passed are the names of a header that are read as a column which is younger than a rename,
// each with the column that was called so before it, and that the header lacks: such a file
// may well mean that one.
func (gs generations) passed(header, read []string) rename.Pairs {
	now := gs[len(gs)-1]
	var all rename.Pairs
	for i, name := range header {
		at := slices.Index(now, name)
		if at < 0 || read[i] != name {
			continue
		}
		for g := range gs[:len(gs)-1] {
			before := gs.meaning(g, name)
			if gs[g][at] == "" && before != "" && !slices.Contains(read, before) && !all.Renames(name) {
				all = append(all, rename.Pair{From: name, To: before})
			}
		}
	}
	return all
}
