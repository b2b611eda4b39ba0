package trainingset

import (
	"slices"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// tablesOf are the tables that a definition names, as a dataset lays them out, with the
// columns that it uses.
func tablesOf(definition *datasetv1.TrainingSet, layouts []layout.Layout) map[string]Table {
	used := usedColumns(definition)
	tables := map[string]Table{}
	for _, l := range layouts {
		if _, ok := used[l.Snapshot]; !ok {
			continue
		}
		table := Table{Snapshot: l.Snapshot, Key: l.Key, Since: l.Since}
		for _, c := range l.Rest {
			if used[l.Snapshot][c.Name] {
				table.Columns = append(table.Columns, c)
			}
		}
		tables[l.Snapshot] = table
	}
	for name := range tables {
		tables[name] = tables[name].withForeignKeys(definition, layouts, tables)
	}
	return tables
}

// withForeignKeys adds to the entities the columns by which the others join to them,
// where these are not of their key.
func (t Table) withForeignKeys(definition *datasetv1.TrainingSet, layouts []layout.Layout, tables map[string]Table) Table {
	if t.Snapshot != definition.GetEntities().GetSnapshot() {
		return t
	}
	i := slices.IndexFunc(layouts, func(l layout.Layout) bool { return l.Snapshot == t.Snapshot })
	for _, c := range layouts[i].Rest {
		_, has := t.column(c.Name)
		joins := false
		for _, other := range tables {
			joins = joins || slices.ContainsFunc(other.Key, func(k layout.Column) bool { return k.Name == c.Name })
		}
		if joins && !has {
			t.Columns = append(t.Columns, c)
		}
	}
	return t
}

// usedColumns are the columns that a definition uses, by snapshot.
func usedColumns(definition *datasetv1.TrainingSet) map[string]map[string]bool {
	used := map[string]map[string]bool{}
	use := func(of dataset.SnapshotColumn) {
		if used[of.Snapshot] == nil {
			used[of.Snapshot] = map[string]bool{}
		}
		used[of.Snapshot][of.Column] = true
	}
	entities := definition.GetEntities()
	use(dataset.SnapshotColumn{Snapshot: entities.GetSnapshot()})
	for _, c := range entities.GetWhere() {
		use(dataset.SnapshotColumn{Snapshot: entities.GetSnapshot(), Column: c.GetColumn()})
	}
	for _, f := range definition.GetFeatures() {
		use(dataset.ParseSnapshotColumn(f.GetColumn()))
	}
	use(dataset.ParseSnapshotColumn(definition.GetLabel().GetColumn()))
	return used
}
