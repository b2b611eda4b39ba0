package dataset

import (
	"fmt"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// How PostgreSQL lays out a row
// (https://www.postgresql.org/docs/current/storage-page-layout.html).
const (
	maxRow   = 8160 // bytes: what a page of 8 kB has room for
	rowHead  = 24
	maxAlign = 8
)

// stagingWidths are of the columns that staging adds, a smallint and a bigint that say
// where a row came from.
var stagingWidths = []int{2, 8}

// Warnings lists what is no mistake of a dataset and may become a problem of its data:
// tables of which a row may not fit into PostgreSQL. Each has its path.
func Warnings(d *datasetv1.Dataset) Mistakes {
	var warnings Mistakes
	for i, table := range d.GetTables() {
		if widest := widestRow(table); widest > maxRow {
			warnings = append(warnings, Mistake{Path: fmt.Sprintf("tables[%d].columns", i), Message: fmt.Sprintf(
				"a row of table %q with a value in every column takes up to %d bytes, and PostgreSQL stores at most %d in one row: "+
					"such a row would end the run; split the table, or declare narrower types", table.GetName(), widest, maxRow)})
		}
	}
	return warnings
}

// widestRow is how many bytes a row takes in staging whose columns all have their
// longest value. Long values of types that vary are stored beside the row.
func widestRow(table *datasetv1.Table) int {
	end := rowHead
	for _, column := range table.GetColumns() {
		columnType, err := ParseType(column.GetType())
		if err != nil {
			continue // a mistake of its own
		}
		width, align := columnType.Width()
		end = aligned(end, align) + width
	}
	for _, width := range stagingWidths {
		end = aligned(end, width) + width
	}
	return aligned(end, maxAlign)
}

// aligned rounds up to the next multiple.
func aligned(n, to int) int { return (n + to - 1) / to * to }
