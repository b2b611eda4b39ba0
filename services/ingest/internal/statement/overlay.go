package statement

import (
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// BaseFile and BaseLine stand, in the rows of a candidate that an incremental extract left
// as they were, for the file and the line of a delivered one.
const (
	BaseFile = 1
	BaseLine = 0
)

// Overlay lays the rows of an incremental extract over the state before: what it delivers
// takes the place of what has its key, or deletes it, and the rest is as it was. Every
// statement takes the parameters
//
//	$1  the as_of of the base
//	$2  the value by which a row deletes; of Fill and Count alone, and only where there is one
type Overlay struct {
	Table *declared.Table
	// Delta are the delivered rows, Candidate the table that is filled.
	Delta, Candidate relation.Relation
	// Base holds the state before, among those of other dates, in a column as_of.
	Base relation.Relation
	// StandsAs is what columns of the table are called in the base. Those that it lacks are
	// NULL.
	StandsAs map[string]string
}

// Fill fills the candidate.
func (o Overlay) Fill() string {
	t := o.Table
	cols := relation.QuoteAll(t.Names())
	return "with " + o.base(t.Columns) + " insert into " + o.Candidate.SQL() + " (" + cols + ", " + FileColumn + ", " + LineColumn + ")" +
		" select " + cols + ", " + FileColumn + ", " + LineColumn + " from " + o.Delta.SQL() + " d where not " + o.deletes() +
		" union all select " + cols + ", " + strconv.Itoa(BaseFile) + ", " + strconv.Itoa(BaseLine) + " from sf_base b where not " +
		in(t, o.Delta.SQL(), "d.", "b.")
}

// Count counts the delivered rows whose key is new, those that take the place of one, those
// that delete one, and those that delete what is not there.
func (o Overlay) Count() string {
	t := o.Table
	var key []declared.Column
	for _, c := range t.Columns {
		if c.Key {
			key = append(key, c)
		}
	}
	return "with " + o.base(key) + ", sf_told as (select " + o.deletes() + " as gone, " + in(t, "sf_base", "b.", "d.") + " as known from " + o.Delta.SQL() + " d)" +
		" select count(*) filter (where not gone and not known), count(*) filter (where not gone and known)," +
		" count(*) filter (where gone and known), count(*) filter (where gone and not known) from sf_told"
}

// base are the rows of the base under the names, and of the types, of the table's columns.
func (o Overlay) base(columns []declared.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		from := "null"
		if name, ok := o.StandsAs[c.Name]; ok {
			from = "b." + relation.Quote(name)
		}
		list[i] = from + "::" + c.Type.SQL() + " as " + relation.Quote(c.Name)
	}
	return "sf_base as (select " + strings.Join(list, ", ") + " from " + o.Base.SQL() + ` b where b."as_of" = $1::text::date)`
}

// deletes is the condition under which a delivered row deletes one.
func (o Overlay) deletes() string {
	if o.Table.Deleted == nil {
		return "false"
	}
	return deletes(o.Table.Deleted, "$2")
}

// deletes is the condition under which a row d deletes one; the parameter is the value by
// which it does.
func deletes(by *declared.Deletion, parameter string) string {
	return "coalesce(d." + relation.Quote(by.Column.Name) + " = " + parameter + "::text::" + by.Column.Type.SQL() + ", false)"
}

// LeaveOut takes the rows out of a candidate that delete others, $1 being the value by which
// they do: of a whole table, which was delivered in the place of what changed in it, they
// are no part.
func LeaveOut(t *declared.Table, c relation.Relation) string {
	return "delete from " + c.SQL() + " d where " + deletes(t.Deleted, "$1")
}
