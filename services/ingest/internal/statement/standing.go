package statement

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Standing is how a live table stands that does not have the declared columns yet.
type Standing struct {
	// Open are the columns that have to be renamed yet.
	Open rename.Pairs
	// Lacks are those that it has not got yet, and that are NULL in all of its rows then.
	Lacks []declared.Column
}

// live is the live table as it is once it has the declared columns.
func (s Standing) live(t *declared.Table) string {
	if len(s.Open)+len(s.Lacks) == 0 {
		return t.Live.SQL()
	}
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = renaming(s.Open, c.Name)
		if slices.ContainsFunc(s.Lacks, func(l declared.Column) bool { return l.Name == c.Name }) {
			columns[i] = "null::" + c.Type.SQL() + " as " + relation.Quote(c.Name)
		}
	}
	return "(select " + strings.Join(columns, ", ") + " from " + t.Live.SQL() + ")"
}

// Rows is the SQL of a relation's rows whose key has the declared names, although columns
// have to be renamed yet; also are others that are wanted, such as as_of.
func Rows(t *declared.Table, r relation.Relation, open rename.Pairs, also ...string) string {
	if slices.Equal(open.AllBefore(t.Key), t.Key) {
		return r.SQL()
	}
	columns := make([]string, 0, len(t.Key)+len(also))
	for _, k := range append(slices.Clone(t.Key), also...) {
		columns = append(columns, renaming(open, k))
	}
	return "(select " + strings.Join(columns, ", ") + " from " + r.SQL() + ")"
}

// renaming selects a column under the name that it will have.
func renaming(open rename.Pairs, column string) string {
	if before := open.Before(column); before != column {
		return relation.Quote(before) + " as " + relation.Quote(column)
	}
	return relation.Quote(column)
}
