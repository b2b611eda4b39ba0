package stamp

import (
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
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
		Table: l.Table, Remedy: remedy, Both: called.Renames(f.both), Needed: f.stamped, Rings: called.Renames(rings),
		RingSteps: called.Renames(rings.Steps(rings.AllBefore(f.columns))), Paths: called.Renames(paths.InTurn()),
	}.Differences()
}
