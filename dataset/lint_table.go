package dataset

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// maxKey is PostgreSQL's limit for the columns of an index. A snapshot's key has
// as_of besides.
const maxKey = 32

// table judges one table.
func (l *linter) table(path string, table *datasetv1.Table) {
	l.columns(path, table)
	l.key(path, table)
	for i, reference := range table.GetReferences() {
		l.reference(fmt.Sprintf("%s.references[%d]", path, i), table, i, reference)
	}
	l.departed(path, table)
	l.incremental(path, table)
	l.since(path, table)
	for i, e := range table.GetExpectations() {
		l.expectation(fmt.Sprintf("%s.expectations[%d].", path, i), table, e)
	}
}

func (l *linter) expectation(path string, table *datasetv1.Table, e *datasetv1.Expectation) {
	for _, m := range expectation.Check(&l.guesses, table, l.dataset, e) {
		mistake := Mistake{Path: path + m.Path, Message: m.Message}
		for _, argument := range m.Lacks {
			mistake.lacks = append(mistake.lacks, path+m.Path+"."+argument)
		}
		l.mistakes = append(l.mistakes, mistake)
	}
}

func (l *linter) columns(path string, table *datasetv1.Table) {
	if len(table.GetColumns()) == 0 {
		l.wrong(path+".columns", "expected at least one column, found none")
	}
	l.atMost(path+".columns", len(table.GetColumns()), maxColumns, "columns")
	seen := map[string]bool{}
	for i, column := range table.GetColumns() {
		here := fmt.Sprintf("%s.columns[%d]", path, i)
		name := column.GetName()
		l.columnName(here+".name", name)
		if seen[name] && name != "" {
			l.wrong(here+".name", "column %q stands twice in table %q", name, table.GetName())
		}
		seen[name] = true
		if name == asOfColumn && l.snapshotted(table) {
			l.wrong(here+".name", "expected another name than as_of in table %q, which is snapshotted: the snapshot has a column as_of of its own", table.GetName())
		}
		l.columnType(here, column)
		l.renamed(here+".renamed_from", table, i)
	}
}

func (l *linter) columnType(path string, column *datasetv1.Column) {
	columnType, err := ParseType(column.GetType())
	if err != nil {
		l.wrong(path+".type", "%s", err)
	}
	if column.GetTimeZone() == "" {
		return
	}
	if err == nil && columnType.Name != TimestampTZ {
		l.wrong(path+".time_zone", "expected type: timestamptz beside time_zone, found %s, which keeps no zone", columnType)
		return
	}
	if _, err := Zone(column); err != nil {
		l.wrong(path+".time_zone", "%s", err)
	}
}

func (l *linter) key(path string, table *datasetv1.Table) {
	path += ".key"
	if len(table.GetKey()) == 0 {
		l.wrong(path, "expected the columns that identify a row of table %q, found none", table.GetName())
	}
	limit := maxKey
	if l.snapshotted(table) {
		limit--
	}
	l.atMost(path, len(table.GetKey()), limit, "columns in a key")
	seen := map[string]bool{}
	for i, name := range table.GetKey() {
		here := fmt.Sprintf("%s[%d]", path, i)
		if seen[name] {
			l.wrong(here, "column %q stands twice in the key", name)
			continue
		}
		seen[name] = true
		l.keyColumn(here, table, name)
	}
}

func (l *linter) keyColumn(path string, table *datasetv1.Table, name string) {
	column := ColumnByName(table, name)
	if column == nil {
		l.wrong(path, "expected a column of table %q, found %q%s",
			table.GetName(), name, lookup.ColumnHint(&l.guesses, table, name))
		return
	}
	if column.GetOptional() {
		l.wrong(path, "expected a column that every file has, found %q, which is optional", name)
	}
	if columnType, err := ParseType(column.GetType()); err == nil && !columnType.FitsKey() {
		l.wrong(path, "expected a column whose values compare exactly, found %q, which is %s: %s", name, columnType, insteadOf(columnType))
	}
}

// insteadOf says what to declare in a key instead of a type that does not fit there.
func insteadOf(t ColumnType) string {
	if t.IsNumber() {
		return "declare it numeric"
	}
	return "declare the part of it that identifies a row as a column of its own"
}

// departed judges what becomes of rows that a delivery lacks.
func (l *linter) departed(path string, table *datasetv1.Table) {
	if table.DepartedLimit != nil {
		limit := table.GetDepartedLimit()
		if !(limit >= 0 && limit <= 1) { // NaN is refused too
			l.wrong(path+".departed_limit", "expected a share from 0 to 1, found %v", limit)
		}
	}
	if Deletes(table) {
		return
	}
	for _, reference := range table.GetReferences() {
		if parent := TableByName(l.dataset, reference.GetTable()); Deletes(parent) {
			l.wrong(path+".departed_keys", "expected delete, since table %q references %q, whose departed rows are deleted, found ignore",
				table.GetName(), parent.GetName())
		}
	}
}
