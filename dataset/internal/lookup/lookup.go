// Package lookup finds what a dataset declares by its name.
package lookup

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Table returns the table of that name, or nil.
func Table(d *datasetv1.Dataset, name string) *datasetv1.Table {
	for _, table := range d.GetTables() {
		if table.GetName() == name {
			return table
		}
	}
	return nil
}

// Column returns the column of that name, or nil.
func Column(t *datasetv1.Table, name string) *datasetv1.Column {
	for _, column := range t.GetColumns() {
		if column.GetName() == name {
			return column
		}
	}
	return nil
}

// TableNames lists the tables' names in the order of declaration.
func TableNames(d *datasetv1.Dataset) []string {
	names := make([]string, 0, len(d.GetTables()))
	for _, table := range d.GetTables() {
		names = append(names, table.GetName())
	}
	return names
}

// ColumnNames lists the columns' names in the order of declaration.
func ColumnNames(t *datasetv1.Table) []string {
	names := make([]string, 0, len(t.GetColumns()))
	for _, column := range t.GetColumns() {
		names = append(names, column.GetName())
	}
	return names
}
