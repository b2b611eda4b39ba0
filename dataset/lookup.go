package dataset

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// TableByName returns the table of that name, or nil.
func TableByName(d *datasetv1.Dataset, name string) *datasetv1.Table {
	return lookup.Table(d, name)
}

// ColumnByName returns the table's column of that name, or nil.
func ColumnByName(t *datasetv1.Table, name string) *datasetv1.Column {
	return lookup.Column(t, name)
}

// SnapshotColumns lists a snapshot's columns without as_of: the key first, then
// the declared ones in their order, or, where none are declared, every other
// column of the table in the table's order. Names that the table lacks, which
// Lint refuses, are left out.
func SnapshotColumns(d *datasetv1.Dataset, s *datasetv1.Snapshot) []*datasetv1.Column {
	table := TableByName(d, s.GetFrom())
	rest := s.GetColumns()
	if len(rest) == 0 {
		rest = slices.DeleteFunc(lookup.ColumnNames(table), func(name string) bool {
			return slices.Contains(table.GetKey(), name)
		})
	}
	columns := make([]*datasetv1.Column, 0, len(table.GetKey())+len(rest))
	for _, name := range slices.Concat(table.GetKey(), rest) {
		if column := ColumnByName(table, name); column != nil {
			columns = append(columns, column)
		}
	}
	return columns
}
