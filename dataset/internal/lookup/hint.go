package lookup

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// ColumnHint says, behind the name of a column that the table lacks, which one is meant:
// the one that was called so, or the nearest; "" where none is, or g has no more guesses.
func ColumnHint(g *nearest.Guesses, t *datasetv1.Table, name string) string {
	if renamed := RenamedHint(t, name); renamed != "" {
		return renamed
	}
	if !g.More() {
		return ""
	}
	return nearest.Hint(name, ColumnNames(t))
}

// RenamedHint names the column that was called so before; "" where none was.
func RenamedHint(t *datasetv1.Table, name string) string {
	for _, column := range t.GetColumns() {
		if column.GetRenamedFrom() == name && name != "" {
			return fmt.Sprintf(", which is called %q now (renamed_from)", column.GetName())
		}
	}
	return ""
}
