package trainingset

import (
	"slices"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// EntityColumns are the columns of the entity rows that somebody brought, in the order in
// which their values are kept; none where the entities are those of a snapshot.
func (r *Recipe) EntityColumns() []layout.Column {
	if r.Set.Given == nil {
		return nil
	}
	return slices.Concat(r.Set.Entities.Key, r.Set.foreign())
}

// Tables are what the set uses of snapshots, the entities' among them, each once.
func (r *Recipe) Tables() []Table { return r.Set.tables() }

// EntitySnapshot is the snapshot whose rows the entities are.
func (r *Recipe) EntitySnapshot() string { return r.Set.Entities.Snapshot }
