package live

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// rename has the table seen by the names that its columns will have: what else differs is
// said of these.
func (l *Table) rename(wanted rename.Pairs) {
	if !l.isTable() {
		return
	}
	l.stand, l.wanted = l.columns, wanted
	l.open, l.both = wanted.Among(l.stand)
	l.columns = l.open.AllNow(l.stand)
	for i, key := range l.keys {
		l.keys[i] = l.open.AllNow(key)
		slices.Sort(l.keys[i])
	}
}

// Open are the columns that have to be renamed yet.
func (l *Table) Open() rename.Pairs { return l.open }

// renamed are the renames that were carried out and have been declared since, and those
// that only the names which stand tell of.
func (l *Table) renamed(t *declared.Table, n called.Names) rename.Pairs {
	if !l.isTable() {
		return nil
	}
	return slices.Concat(n.Standing, l.Made(t.Renames.Without(n.Standing)))
}

// Made leaves the pairs of which only the newer name stands: somebody made them by hand,
// or the column never was called otherwise.
func (l *Table) Made(pairs rename.Pairs) rename.Pairs {
	var made rename.Pairs
	for _, p := range pairs.Paths() {
		if slices.Contains(l.columns, p.To) && !l.open.Makes(p.To) && !l.both.Makes(p.To) {
			made = append(made, p)
		}
	}
	return made
}

// renameDifferences says which columns have to be renamed, whatever has to go first before
// the others.
func (l *Table) renameDifferences(t *declared.Table) []relation.Difference {
	remedy := relation.ByRun
	if !l.ours {
		remedy = relation.ByPerson
	}
	rings, paths := l.open.Rings(), l.open.Paths()
	return relation.Renamed{
		Table: t.Live, Remedy: remedy, Both: called.Renames(l.both), Rings: called.Renames(rings),
		RingSteps: called.Renames(rings.Steps(rings.AllBefore(l.columns))), Paths: called.Renames(paths.InTurn()),
	}.Differences()
}
