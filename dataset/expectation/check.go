package expectation

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/internal/lookup"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Check finds everything that is wrong with an expectation of a table: an
// unknown kind or argument, with the nearest name; an argument that is missing,
// of the wrong type, or that does not fit the column; a column or table that
// the dataset lacks; bounds that nothing can meet. What
// was meant is guessed as long as g has guesses left.
func Check(g *nearest.Guesses, t *datasetv1.Table, d *datasetv1.Dataset, e *datasetv1.Expectation) []Mistake {
	args, mistakes := decode(g, e)
	if len(mistakes) > 0 {
		return mistakes
	}
	kind, _ := Lookup(e.GetType()) // decode has found it
	j := &judgement{table: t, dataset: d, args: args, guesses: g}
	if kind.Scope == ScopeColumn {
		j.columnType, j.typed = j.column(t, "kwargs.column", args.Column)
	}
	kind.check(j)
	return j.mistakes
}

// judgement is what a kind's check works on.
type judgement struct {
	table   *datasetv1.Table
	dataset *datasetv1.Dataset
	args    Args
	// columnType is the judged column's; typed is false where the column is
	// unknown or its type is not valid, which is reported once, elsewhere.
	columnType columntype.Type
	typed      bool

	mistakes []Mistake
	guesses  *nearest.Guesses
}

func (j *judgement) wrong(path, format string, args ...any) {
	j.mistakes = append(j.mistakes, Mistake{Path: path, Message: fmt.Sprintf(format, args...)})
}

// column finds a column that an argument names, and its type.
func (j *judgement) column(t *datasetv1.Table, path, name string) (columntype.Type, bool) {
	column := lookup.Column(t, name)
	if column == nil {
		j.wrong(path, "expected a column of table %q, found %q%s",
			t.GetName(), name, lookup.ColumnHint(j.guesses, t, name))
		return columntype.Type{}, false
	}
	columnType, err := columntype.Parse(column.GetType())
	return columnType, err == nil
}

// checkColumnSet refuses a set that no delivery could match: a file is refused
// for a column that the table does not declare before the set is looked at.
func checkColumnSet(j *judgement) {
	in := make(map[string]bool, len(j.args.ColumnSet))
	for i, name := range j.args.ColumnSet {
		path := fmt.Sprintf("kwargs.column_set[%d]", i)
		if in[name] {
			j.wrong(path, "column %q stands twice in the set", name)
			continue
		}
		in[name] = true
		j.column(j.table, path, name)
	}
	if !j.args.ExactMatch {
		return
	}
	for _, column := range j.table.GetColumns() {
		name, before := column.GetName(), column.GetRenamedFrom()
		earlier := before != "" && in[before] && lookup.Column(j.table, before) == nil // said above
		if name != "" && !in[name] && !earlier {                                       // that it has no name is said elsewhere
			j.wrong("kwargs.column_set", "expected every column of table %q, since exact_match is true, found no %q: "+
				"add it, or set exact_match: false", j.table.GetName(), name)
		}
	}
}

// unbounded says that a rule of bounds has none.
func (j *judgement) unbounded() {
	j.mistakes = append(j.mistakes, Mistake{
		Path: "kwargs", Message: "expected min_value, max_value or both, found neither", Lacks: []string{"min_value", "max_value"},
	})
}

func checkRowCount(j *judgement) {
	least, most := j.args.MinRows, j.args.MaxRows
	switch {
	case least == nil && most == nil:
		j.unbounded()
	case least != nil && most != nil && *least > *most:
		j.wrong("kwargs.min_value", "expected at most max_value %d, found %d", *most, *least)
	}
}

// maxValues is how many values a set may have: each is compared with every row. More are
// a table of their own, in which expect_column_values_to_be_in_other_table looks.
const maxValues = 10_000

func checkInSet(j *judgement) {
	if n := len(j.args.ValueSet); n > maxValues {
		j.wrong("kwargs.value_set", "expected at most %d values, found %d: deliver them as a table, and use %s", maxValues, n, ColumnValuesToBeInOtherTable)
		return
	}
	if !j.typed {
		return
	}
	for i, value := range j.args.ValueSet {
		if err := occurs(value, j.columnType); err != nil {
			j.wrong(fmt.Sprintf("kwargs.value_set[%d]", i), "column %q is %s: %s", j.args.Column, j.columnType, err)
		}
	}
}

func checkOtherTable(j *judgement) {
	if j.args.OtherTable == j.table.GetName() {
		j.wrong("kwargs.other_table", "expected another table, found the expectation's own, %q", j.table.GetName())
		return
	}
	other := lookup.Table(j.dataset, j.args.OtherTable)
	if other == nil {
		j.wrong("kwargs.other_table", "expected a table of the dataset, found %q%s",
			j.args.OtherTable, j.guesses.Hint(j.args.OtherTable, lookup.TableNames(j.dataset)))
		return
	}
	otherType, ok := j.column(other, "kwargs.other_column", j.args.OtherColumn)
	if ok && j.typed && !j.columnType.Comparable(otherType) {
		j.wrong("kwargs.other_column", "expected a column that compares with %q, which is %s, found %q of table %q, which is %s",
			j.args.Column, j.columnType, j.args.OtherColumn, other.GetName(), otherType)
	}
}
