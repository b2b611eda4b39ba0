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
	// Undeclared are those that the file has an earlier name of, which is not read as
	// theirs: the as_of is a later one, and renamed_from is declared no more.
	Undeclared rename.Pairs
	// Both are columns of which the file has the earlier name and the present one.
	Both rename.Pairs
	// Doubt is set where the header may not be read.
	Doubt Doubt
	// Passed are names that are read as a column which got them after another one had given
	// them up, which the file lacks: From is the name, To what the other is called now.
	Passed rename.Pairs
	// Exchanged are names that meant other columns up to Until. The file is of the first
	// as_of after it, and nothing but that says that it means the present ones.
	Exchanged []string
	Until     string
	// Kept are names that columns got by an exchange which the dataset declares no more, and
	// no run has been made since: whoever took it out of the declaration may mean that the
	// columns are called as before.
	Kept []string
}

// Doubt is why a header may not be read: its names are of another time than its as_of, or
// of two times at once, and some of them are other columns' by now.
type Doubt struct {
	// Columns are those that would be read, and may be meant for others; none where there
	// is no doubt.
	Columns []string
	// Telling are the names that are not of the time of the as_of.
	Telling []string
	// Mixed says that no time has all of the names.
	Mixed bool
	// Names are what the columns were called at the time of the as_of.
	Names []string
}

// Header reads the header of a file of an as_of, step by step from the oldest rename on.
// Where the rename is later than the as_of, the older names are meant; otherwise only where
// they are nobody else's, and still declared. published is the newest as_of that was
// published: what is not renamed yet comes after it. The whole of the header must be of the
// time as which its names are read; otherwise it is in doubt.
func (n Names) Header(t *declared.Table, header []string, asOf, published string) Header {
	h := Header{Names: header}
	steps := append(slices.Clone(n.steps), step{published, t.Renames.Without(n.Standing)})
	dated, known := 0, generationsOf(t, steps)
	for i, s := range steps {
		earlier := asOf <= s.upTo // dates as YYYY-MM-DD sort as texts
		h.step(t, s, earlier)
		if earlier {
			continue
		}
		dated++
		if names := known.exchanged(i, header); len(names) > 0 && s.upTo != "" && published <= s.upTo {
			h.Exchanged, h.Until = names, s.upTo
		}
	}
	columns := known.doubt(dated, header, h.Names)
	if h.Passed = known.passed(header, h.Names); asOf <= published {
		for _, p := range h.Passed { // by which of the two it was read then nobody knows
			columns = append(columns, p.From)
		}
	}
	if len(columns) > 0 {
		h.Exchanged, h.Passed = nil, nil
		h.Doubt = Doubt{
			Columns: columns, Telling: known.telling(dated, header), Mixed: known.nearest(dated, header...) < 0,
			Names: slices.DeleteFunc(slices.Clone(known[dated]), func(n string) bool { return n == "" }),
		}
	}
	h.Undeclared = undeclared(t, known, h.Names)
	h.Kept = n.kept(t, header, asOf)
	for i, name := range header {
		if h.Names[i] != name {
			h.Older = append(h.Older, rename.Pair{From: name, To: h.Names[i]})
		}
	}
	return h
}

// kept are the names of a header, of an as_of after it, that an exchange passed on which is
// declared no more, and of which the ledger does not know that yet: the first run of the
// version writes it there.
func (n Names) kept(t *declared.Table, header []string, asOf string) []string {
	dropped := n.Standing.Rings().Without(t.Renames)
	var all []string
	for _, s := range n.steps {
		for _, name := range header {
			if asOf > s.upTo && s.pairs.Rings().Renames(name) && dropped.Renames(name) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// undeclared are the names among those of a header that no column has, and that one which
// the header lacks had last.
func undeclared(t *declared.Table, known generations, names []string) rename.Pairs {
	var all rename.Pairs
	for _, name := range names {
		if _, own := t.Column(name); own || all.Renames(name) {
			continue
		}
		if column := known.last(name); column != "" && !slices.Contains(names, column) && !all.Makes(column) {
			all = append(all, rename.Pair{From: name, To: column})
		}
	}
	return all
}

func (h *Header) step(t *declared.Table, s step, earlier bool) {
	open, both := s.pairs.Among(h.Names)
	if !earlier {
		open, both = free(late(t, open), h.Names), late(t, both)
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

// free leaves the pairs whose newer name no other of the names is, or one that gives it up
// by another of them: of a ring that is declared by half no more, nothing is carried out.
func free(pairs rename.Pairs, names []string) rename.Pairs {
	for {
		i := slices.IndexFunc(pairs, func(p rename.Pair) bool { return slices.Contains(names, p.To) && !pairs.Renames(p.To) })
		if i < 0 {
			return pairs
		}
		pairs = slices.Delete(slices.Clone(pairs), i, i+1)
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
