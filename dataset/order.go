package dataset

import (
	"slices"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// PublishOrder lists the tables so that each comes after the tables that it
// references: of those that may come next, always the one declared first.
// Deleting goes the other way round. Tables in a cycle, which Lint refuses, come
// last, as declared.
func PublishOrder(d *datasetv1.Dataset) []*datasetv1.Table {
	order := make([]*datasetv1.Table, 0, len(d.GetTables()))
	placed := make(map[string]bool, len(d.GetTables()))
	waiting := slices.Clone(d.GetTables())
	for len(waiting) > 0 {
		next := slices.IndexFunc(waiting, func(table *datasetv1.Table) bool { return !waits(d, table, placed) })
		if next < 0 {
			return append(order, waiting...)
		}
		placed[waiting[next].GetName()] = true
		order = append(order, waiting[next])
		waiting = slices.Delete(waiting, next, next+1)
	}
	return order
}

// waits is true while a table that this one references is not placed yet.
func waits(d *datasetv1.Dataset, table *datasetv1.Table, placed map[string]bool) bool {
	for _, reference := range table.GetReferences() {
		parent := reference.GetTable()
		if parent != table.GetName() && !placed[parent] && TableByName(d, parent) != nil {
			return true
		}
	}
	return false
}
