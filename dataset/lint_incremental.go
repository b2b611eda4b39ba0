package dataset

import (
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// incremental judges what a table declares of deliveries that bring only what changed.
func (l *linter) incremental(path string, table *datasetv1.Table) {
	if !Incremental(table) {
		if table.GetDeletedWhen() != nil {
			l.wrong(path+".deleted_when", "expected extract: incremental beside deleted_when, found a full extract, in which a row that is gone is absent")
		}
		return
	}
	if BaseSnapshot(l.dataset, table) == nil {
		l.wrong(path+".extract", "expected a snapshot of table %q that carries every column of it, since an incremental extract is laid over the one before, found %s",
			table.GetName(), l.carriers(table))
	}
	if table.DepartedLimit != nil {
		l.wrong(path+".departed_limit", "expected none beside extract: incremental, found %v: a key that such an extract lacks has not departed", table.GetDepartedLimit())
	}
	if table.GetDeletedWhen() != nil {
		l.deletedWhen(path, table)
	}
}

// carriers says what stands in the place of a snapshot that carries every column.
func (l *linter) carriers(table *datasetv1.Table) string {
	var said []string
	for _, s := range l.dataset.GetSnapshots() {
		if s.GetFrom() != table.GetName() {
			continue
		}
		lacks := uncarried(l.dataset, table, s)
		named := lacks[:min(len(lacks), maxUncarried)]
		more := ""
		if n := len(lacks) - len(named); n > 0 {
			more = " and " + strconv.Itoa(n) + " more"
		}
		said = append(said, s.GetName()+", which lacks "+strings.Join(named, ", ")+more)
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, "; ")
}

// maxUncarried bounds how many columns a message lists; a snapshot that lacks more was
// never meant to carry them all.
const maxUncarried = 5

// deletedWhen judges by what a delivered row says that it deletes one.
func (l *linter) deletedWhen(path string, table *datasetv1.Table) {
	if table.GetDepartedKeys() == datasetv1.DepartedKeys_DEPARTED_KEYS_UNSPECIFIED {
		l.wrong(path+".departed_keys", "expected delete or ignore beside deleted_when, found none: say whether a deleted row is taken out of the live table as well, or only out of the history")
	}
	path += ".deleted_when"
	name, value := table.GetDeletedWhen().GetColumn(), table.GetDeletedWhen().GetValue()
	column := ColumnByName(table, name)
	switch {
	case column == nil:
		l.wrong(path+".column", "expected a column of table %q, found %q%s", table.GetName(), name, lookup.ColumnHint(&l.guesses, table, name))
		return
	case slices.Contains(table.GetKey(), name):
		l.wrong(path+".column", "expected a column that is not of the key, found %q: the key says which row is deleted", name)
		return
	}
	columnType, err := ParseType(column.GetType())
	if err != nil {
		return // said of the column
	}
	if err := expectation.FitsText(value, columnType); err != nil {
		l.wrong(path+".value", "column %q is %s: %s", name, columnType, err)
	}
}
