package dataset

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// snapshot judges one snapshot; its name is judged with the tables'.
func (l *linter) snapshot(path string, snapshot *datasetv1.Snapshot) {
	table := TableByName(l.dataset, snapshot.GetFrom())
	if table == nil {
		if len(l.dataset.GetTables()) > 0 { // otherwise that is the mistake
			l.wrong(path+".from", "expected a table of the dataset, found %q%s",
				snapshot.GetFrom(), l.guesses.Hint(snapshot.GetFrom(), lookup.TableNames(l.dataset)))
		}
		return
	}
	for i, name := range snapshot.GetColumns() {
		here := fmt.Sprintf("%s.columns[%d]", path, i)
		switch {
		case slices.Contains(snapshot.GetColumns()[:i], name):
			l.wrong(here, "column %q stands twice in the snapshot", name)
		case name == asOfColumn:
			l.wrong(here, "expected the columns besides the key and as_of, found as_of: every snapshot has it")
		case slices.Contains(table.GetKey(), name):
			l.wrong(here, "expected the columns besides the key and as_of, found %q of the key: every snapshot has it", name)
		case ColumnByName(table, name) == nil:
			l.wrong(here, "expected a column of table %q, found %q%s",
				table.GetName(), name, lookup.ColumnHint(&l.guesses, table, name))
		}
	}
}
