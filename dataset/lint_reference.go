package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// reference judges the table's i-th reference.
func (l *linter) reference(path string, table *datasetv1.Table, i int, reference *datasetv1.Reference) {
	for _, earlier := range table.GetReferences()[:i] {
		if earlier.GetTable() == reference.GetTable() && slices.Equal(earlier.GetColumns(), reference.GetColumns()) {
			l.wrong(path, "the same reference to %q stands twice in table %q", reference.GetTable(), table.GetName())
			return
		}
	}
	l.referenceColumns(path, table, reference)
	parent := TableByName(l.dataset, reference.GetTable())
	switch {
	case parent == nil:
		l.wrong(path+".table", "expected a table of the dataset, found %q%s",
			reference.GetTable(), l.guesses.Hint(reference.GetTable(), lookup.TableNames(l.dataset)))
	case parent.GetName() == table.GetName() && slices.Equal(reference.GetColumns(), table.GetKey()):
		l.wrong(path+".columns", "expected other columns than the key of %q, found the key: every row would refer to itself", table.GetName())
	case len(reference.GetColumns()) > 0 && len(parent.GetKey()) > 0:
		l.sameKey(path, table, reference, parent)
	}
}

func (l *linter) referenceColumns(path string, table *datasetv1.Table, reference *datasetv1.Reference) {
	if len(reference.GetColumns()) == 0 {
		l.wrong(path+".columns", "expected the columns that point at the key of %q, found none", reference.GetTable())
	}
	for i, name := range reference.GetColumns() {
		here := fmt.Sprintf("%s.columns[%d]", path, i)
		if slices.Contains(reference.GetColumns()[:i], name) {
			l.wrong(here, "column %q stands twice in the reference", name)
		} else if ColumnByName(table, name) == nil {
			l.wrong(here, "expected a column of table %q, found %q%s",
				table.GetName(), name, lookup.ColumnHint(&l.guesses, table, name))
		}
	}
}

// sameKey compares the referencing columns with the other table's key, one by one.
func (l *linter) sameKey(path string, table *datasetv1.Table, reference *datasetv1.Reference, parent *datasetv1.Table) {
	if len(reference.GetColumns()) != len(parent.GetKey()) {
		l.wrong(path+".columns", "expected as many columns as the key of %q has (%s), found %d",
			parent.GetName(), strings.Join(parent.GetKey(), ", "), len(reference.GetColumns()))
		return
	}
	for i, name := range reference.GetColumns() {
		column, key := ColumnByName(table, name), ColumnByName(parent, parent.GetKey()[i])
		if column == nil || key == nil {
			continue
		}
		here := fmt.Sprintf("%s.columns[%d]", path, i)
		if key.GetTrim() && !column.GetTrim() {
			l.wrong(here, "expected trim: true in column %q, as %q of %q has it: untrimmed, its values would refer to no row",
				name, key.GetName(), parent.GetName())
		}
		columnType, err := ParseType(column.GetType())
		keyType, keyErr := ParseType(key.GetType())
		if err == nil && keyErr == nil && columnType != keyType {
			l.wrong(here, "expected a column of type %s, as %q of %q is, found %q, which is %s",
				keyType, key.GetName(), parent.GetName(), name, columnType)
		}
	}
}

// cycles reports each cycle of references between several tables once, at a reference that closes it:
// tables in a cycle have no order to be published in.
func (l *linter) cycles() {
	c := &cycleFinder{linter: l, finished: map[string]bool{}}
	for _, table := range l.dataset.GetTables() {
		c.visit(table, nil)
	}
}

type cycleFinder struct {
	linter   *linter
	finished map[string]bool
}

// visit goes depth first; trail is the way from the first table to this one.
func (c *cycleFinder) visit(table *datasetv1.Table, trail []string) {
	name := table.GetName()
	if c.finished[name] {
		return
	}
	trail = append(trail, name)
	for i, reference := range table.GetReferences() {
		parent := TableByName(c.linter.dataset, reference.GetTable())
		if parent == nil || parent.GetName() == name {
			continue // a table may refer to itself: its rows are written in one statement
		}
		if from := slices.Index(trail, parent.GetName()); from >= 0 {
			way := slices.Concat(trail[from:], []string{parent.GetName()})
			c.linter.wrong(fmt.Sprintf("tables[%d].references[%d].table", c.linter.index(table), i),
				"expected references without a cycle, found %s", strings.Join(way, " → "))
			continue
		}
		c.visit(parent, trail)
	}
	c.finished[name] = true
}

func (l *linter) index(table *datasetv1.Table) int {
	return slices.Index(l.dataset.GetTables(), table)
}
