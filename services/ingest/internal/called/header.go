package called

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Header is a file's header, read by the names that the columns have now.
type Header struct {
	// Names are the columns, in the file's order.
	Names []string
	// Older are those that the file has an earlier name of.
	Older rename.Pairs
	// Late says that one of them is read so although the as_of is a later one.
	Late bool
	// Both are columns of which the file has the earlier name and the present one.
	Both rename.Pairs
}

// Header reads the header of a file of an as_of, step by step from the oldest rename on.
// Where the rename is later than the as_of, the older names are meant; otherwise only where
// they are nobody else's, and still declared. published is the newest as_of that was
// published: what is not renamed yet comes after it.
func (n Names) Header(t *declared.Table, header []string, asOf, published string) Header {
	h := Header{Names: header}
	open := t.Renames.Without(n.Standing)
	for _, s := range append(slices.Clone(n.steps), step{published, open}) {
		h.step(t, s, asOf <= s.upTo) // dates as YYYY-MM-DD sort as texts
	}
	for i, name := range header {
		if h.Names[i] != name {
			h.Older = append(h.Older, rename.Pair{From: name, To: h.Names[i]})
		}
	}
	return h
}

func (h *Header) step(t *declared.Table, s step, earlier bool) {
	open, both := s.pairs.Among(h.Names)
	if !earlier {
		open, both = late(t, open), late(t, both)
	}
	for _, p := range both {
		if _, own := t.Column(p.From); !own {
			h.Both = append(h.Both, p)
		}
	}
	if len(open) > 0 {
		h.Names, h.Late = open.AllNow(h.Names), h.Late || !earlier
	}
}

// late leaves the pairs that a file of a later as_of may mean: they are declared, and begin
// with a name that no column has now.
func late(t *declared.Table, pairs rename.Pairs) rename.Pairs {
	var meant rename.Pairs
	for range pairs { // a path may be declared from behind
		for _, p := range pairs {
			_, own := t.Column(p.From)
			if slices.Contains(t.Renames, p) && (!own || meant.Makes(p.From)) && !slices.Contains(meant, p) {
				meant = append(meant, p)
			}
		}
	}
	return meant
}
