package dataset

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// renamed judges what the table's i-th column was called before.
func (l *linter) renamed(path string, table *datasetv1.Table, i int) {
	column := table.GetColumns()[i]
	from := column.GetRenamedFrom()
	if from == "" {
		return
	}
	l.columnName(path, from)
	if from == column.GetName() {
		l.wrong(path, "expected the name that column %q had before, found the one that it has", from)
		return
	}
	for _, earlier := range table.GetColumns()[:i] {
		if earlier.GetRenamedFrom() == from {
			l.wrong(path, "expected the earlier name of one column, found %q, from which %q is renamed already", from, earlier.GetName())
			return
		}
	}
	if other := ColumnByName(table, from); other != nil && (other.GetRenamedFrom() == "" || other.GetRenamedFrom() == from) {
		l.wrong(path, "expected a name that no other column has, found %q, which table %q declares: leave renamed_from out if the column was renamed long ago, "+
			"or say in %q too from which column it is renamed", from, table.GetName(), from)
	}
}
