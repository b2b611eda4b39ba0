package dataset

import (
	"slices"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// How PostgreSQL lays out a row. One with NULLs has marks of them besides, and lacks
// those values: it may be smaller or larger than the one with all values.
const (
	maxRow   = 8160 // what a page of 8 kB has room for
	rowHead  = 24
	maxAlign = 8
)

// stagingWidths are of the columns that staging adds: a smallint and a bigint that say
// where a row came from.
var stagingWidths = []int{2, 8}

// width refuses a table of which a row with a value in every column never fits. Types
// of no fixed width count as little as a value can take; whether longer values fit,
// and rows with NULLs, is for a delivery to show.
func (l *linter) width(path string, table *datasetv1.Table) {
	if found := rowWidth(table); found > maxRow {
		l.wrong(path+".columns", "expected columns whose values fit together into one row of PostgreSQL, at most %d bytes, found at least %d "+
			"(8 for each bigint and double precision, 4 for each integer and date, 1 or more for every other): split the table, or declare narrower types",
			maxRow, found)
	}
}

// rowWidth is how many bytes a row with a value in every column takes in staging.
func rowWidth(table *datasetv1.Table) int {
	widths := make([]int, 0, len(table.GetColumns()))
	for _, column := range table.GetColumns() {
		widths = append(widths, typeWidth(column.GetType()))
	}
	widths = slices.Concat(widths, stagingWidths)
	end := rowHead
	for _, width := range widths {
		end = aligned(end, width) + width
	}
	return aligned(end, maxAlign)
}

// typeWidth is how many bytes a value takes, which is what it is aligned to as well.
func typeWidth(declared string) int {
	columnType, _ := ParseType(declared) // what is no type is a mistake of its own
	switch columnType.Name {
	case BigInt, DoublePrecision:
		return 8
	case Integer, Date:
		return 4
	case Boolean, Text, Numeric:
		return 1
	}
	return 1
}

// aligned rounds up to the next multiple.
func aligned(n, to int) int { return (n + to - 1) / to * to }
