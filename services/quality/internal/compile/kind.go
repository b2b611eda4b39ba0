package compile

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/relation"
)

// kinds says how each kind of the catalogue is compiled over a candidate. One that
// is judged without reading rows is here too, with nothing to add.
var kinds = map[string]func(*builder, *Check){
	expectation.TableColumnsToMatchSet:       judgedElsewhere, // on the header
	expectation.TableRowCountToBeBetween:     judgedElsewhere, // on the count that every first pass begins with
	expectation.ColumnValuesToNotBeNull:      notNull,
	expectation.ColumnValuesToBeBetween:      between,
	expectation.ColumnValuesToBeInSet:        inSet,
	expectation.ColumnValuesToBeUnique:       unique,
	expectation.ColumnValuesToBeInOtherTable: inOtherTable,
}

func judgedElsewhere(*builder, *Check) {}

// notNull needs no count of its own: the rows without a value are those that are not
// among the present ones.
func notNull(b *builder, c *Check) {
	col := b.column(c.Args.Column)
	c.Present = b.countPresent(col)
	c.Rows = b.rows(col, isNull(col))
}

func between(b *builder, c *Check) {
	col := b.column(c.Args.Column)
	inSharedPass(b, c, col, outside(col, c.Args))
}

func inSet(b *builder, c *Check) {
	col := b.column(c.Args.Column)
	inSharedPass(b, c, col, notInSet(col, c.Args.ValueSet))
}

func inSharedPass(b *builder, c *Check, col typedColumn, broken predicate) {
	c.Present = b.countPresent(col)
	c.Unexpected = b.countWhere(broken)
	c.Rows = b.rows(col, broken)
}

func unique(b *builder, c *Check) {
	col := b.column(c.Args.Column)
	c.Present = b.countPresent(col)
	c.Unexpected = b.own(fmt.Sprintf(`select coalesce(sum(n), 0)::bigint
from (select count(*) as n from %[1]s as %[2]s where %[3]s is not null group by %[3]s having count(*) > 1) as repeated`,
		b.candidate.SQL(), alias, col.sql), "which values repeat is only known once the rows are grouped by value")
	c.Rows = b.rows(col, repeated(col, b.candidate))
}

func inOtherTable(b *builder, c *Check) {
	other, why := b.tables.candidate(c.Args.OtherTable)
	if why != "" {
		c.Skipped = "it compares with another table: " + why
		return
	}
	c.OtherRejected = b.tables[c.Args.OtherTable].delivered.GetRejected()
	col := b.column(c.Args.Column)
	broken := orphaned(col, other, columnOf(b.tables[c.Args.OtherTable].declared, "o.", c.Args.OtherColumn))
	c.Present = b.countPresent(col)
	c.Unexpected = b.own(antiJoin(b.candidate, broken), "it joins the candidate of another table")
	c.Rows = b.rows(col, broken)
}

func antiJoin(candidate relation.Relation, broken predicate) string {
	return fmt.Sprintf("select count(*)\nfrom %s as %s\nwhere %s", candidate.SQL(), alias, broken(&binder{}))
}
