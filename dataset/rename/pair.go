package rename

import (
	"slices"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Pair is a column that was called From and is called To.
type Pair struct{ From, To string }

// Pairs are renames that are carried out at once. No name is From or To of two of them.
type Pairs []Pair

// Of returns the renames that a table declares, in the order of its columns.
func Of(t *datasetv1.Table) Pairs {
	var all Pairs
	for _, c := range t.GetColumns() {
		if c.GetRenamedFrom() != "" {
			all = append(all, Pair{c.GetRenamedFrom(), c.GetName()})
		}
	}
	return all
}

// Now is what a column of that name is called afterwards.
func (ps Pairs) Now(name string) string {
	for _, p := range ps {
		if p.From == name {
			return p.To
		}
	}
	return name
}

// Before is what a column of that name was called.
func (ps Pairs) Before(name string) string {
	for _, p := range ps {
		if p.To == name {
			return p.From
		}
	}
	return name
}

// AllNow is what columns are called afterwards, in their order.
func (ps Pairs) AllNow(names []string) []string { return each(names, ps.Now) }

// AllBefore is what columns were called, in their order.
func (ps Pairs) AllBefore(names []string) []string { return each(names, ps.Before) }

func each(names []string, call func(string) string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = call(n)
	}
	return out
}

// Renames says whether a column was called so by one of the pairs.
func (ps Pairs) Renames(from string) bool {
	return slices.ContainsFunc(ps, func(p Pair) bool { return p.From == from })
}

// Makes says whether a column is called so by one of the pairs.
func (ps Pairs) Makes(to string) bool {
	return slices.ContainsFunc(ps, func(p Pair) bool { return p.To == to })
}

// Without leaves out the given pairs.
func (ps Pairs) Without(others Pairs) Pairs {
	return ps.keep(func(p Pair) bool { return !slices.Contains(others, p) })
}

// Paths leaves out the rings: what is left is told by names alone.
func (ps Pairs) Paths() Pairs {
	return ps.keep(func(p Pair) bool { return !ps.ringed(p) })
}

// Rings are the pairs that Paths leaves out.
func (ps Pairs) Rings() Pairs { return ps.keep(ps.ringed) }

// ringed says whether the names lead from a pair back to it.
func (ps Pairs) ringed(p Pair) bool {
	name := p.To
	for range ps {
		if name == p.From {
			return true
		}
		if name = ps.Now(name); !ps.Makes(name) {
			return false
		}
	}
	return name == p.From
}

func (ps Pairs) keep(which func(Pair) bool) Pairs {
	var kept Pairs
	for _, p := range ps {
		if which(p) {
			kept = append(kept, p)
		}
	}
	return kept
}
