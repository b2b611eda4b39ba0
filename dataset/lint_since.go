package dataset

import (
	"errors"
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// since judges from which date on a table is collected.
func (l *linter) since(path string, table *datasetv1.Table) {
	l.firstDate(path+".since", table)
	for i, reference := range table.GetReferences() {
		l.notBefore(fmt.Sprintf("%s.references[%d].table", path, i), table, reference.GetTable(), reference.GetColumns())
	}
	for i, e := range table.GetExpectations() {
		if other := expectation.OtherTable(e); other != "" {
			l.notBefore(fmt.Sprintf("%s.expectations[%d].kwargs.other_table", path, i), table, other, []string{e.GetKwargs().GetFields()["column"].GetStringValue()})
		}
	}
}

// firstDate refuses what no run can have as its as_of.
func (l *linter) firstDate(path string, table *datasetv1.Table) {
	text := table.GetSince()
	if text == "" {
		return
	}
	asOf, err := ParseAsOf(text)
	var none *NoSuchDayError
	every := EveryAsOf(l.dataset.GetCalendar())
	switch {
	case errors.As(err, &none):
		l.wrong(path, "expected a date, found %q, which is no such day: %s", text, none.Why)
	case err != nil:
		l.wrong(path, "expected a date as YYYY-MM-DD, such as 2024-01-31, found %q", text)
	case every != "" && !OnCalendar(l.dataset.GetCalendar(), asOf):
		l.wrong(path, "expected %s, as the calendar has it, found %q; the closest is %s", every, text, FormatAsOf(ClosestAsOf(l.dataset.GetCalendar(), asOf)))
	}
}

// notBefore refuses that a table looks in one that is collected later, by columns that every
// file has: before that date they would refer to what is not there.
func (l *linter) notBefore(path string, table *datasetv1.Table, other string, columns []string) {
	parent := TableByName(l.dataset, other)
	if parent == nil || parent.GetSince() <= table.GetSince() {
		return
	}
	for _, name := range columns {
		if column := ColumnByName(table, name); column != nil && !column.GetOptional() {
			l.wrong(path, "expected a table that is collected as early as %q, found %q, which is collected since %s only: declare since: %[3]s of %[1]q too, or optional: true of column %[4]q; "+
				"until then nothing is looked up there", table.GetName(), other, parent.GetSince(), name)
			return
		}
	}
}
