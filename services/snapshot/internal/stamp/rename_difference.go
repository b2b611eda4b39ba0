package stamp

import (
	renames "github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// renameDifferences says which columns have to be renamed, whatever has to go first before
// the others.
func renameDifferences(l layout.Layout, f *found) []relation.Difference {
	remedy := relation.ByRun
	if !f.ours {
		remedy = relation.ByPerson
	}
	rings, paths := f.open.Rings(), f.open.Paths()
	return relation.Renamed{
		Table: l.Table, Remedy: remedy, Both: renamesOf(f.both), Rings: renamesOf(rings),
		RingSteps: renamesOf(rings.Steps(rings.AllBefore(f.columns))), Paths: renamesOf(paths.InTurn()),
	}.Differences()
}

func renamesOf(pairs []renames.Pair) []relation.Rename {
	all := make([]relation.Rename, len(pairs))
	for i, p := range pairs {
		all[i] = relation.Rename(p)
	}
	return all
}

func pairsOf(all []relation.Rename) renames.Pairs {
	var pairs renames.Pairs
	for _, r := range all {
		pairs = append(pairs, renames.Pair(r))
	}
	return pairs
}
