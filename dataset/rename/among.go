package rename

import "slices"

// Among returns the pairs that are still to be carried out where columns of these names
// stand: those whose older name stands, and whose newer one is free, or becomes free by
// another of them. both are pairs of which the older and the newer name stand, and
// neither is another column's: which of the two is meant cannot be told.
func (ps Pairs) Among(names []string) (open, both Pairs) {
	a := among{pairs: ps, names: names}
	for _, p := range ps {
		switch {
		case a.open(p, p.From):
			open = append(open, p)
		case a.stands(p.From) && a.stands(p.To) && !ps.Makes(p.From):
			both = append(both, p)
		}
	}
	return open, both
}

type among struct {
	pairs Pairs
	names []string
}

func (a among) stands(name string) bool { return slices.Contains(a.names, name) }

// open follows the names that have to become free, until one is, or it is the one with
// which it began.
func (a among) open(p Pair, began string) bool {
	if !a.stands(p.From) {
		return false
	}
	if !a.stands(p.To) || p.To == began {
		return true
	}
	next := slices.IndexFunc(a.pairs, func(n Pair) bool { return n.From == p.To })
	return next >= 0 && a.open(a.pairs[next], began)
}
