package compile

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// maxAggregates is how many counts one SELECT holds. PostgreSQL ends at 1,664
// columns (MaxTupleAttributeNumber); the rest is left to its own partial results.
const maxAggregates = 1000

// builder collects the passes over one candidate.
type builder struct {
	table     *datasetv1.Table
	candidate relation.Relation
	// tables are all of the batch, for rules that compare with another one.
	tables tables

	passes  []*draft
	current int
	present map[string]Slot
}

// draft is a pass in the making: a shared one has aggregates, any other its SQL.
type draft struct {
	aggregates []string
	sql, why   string
	binder     binder
}

func newBuilder(t *datasetv1.Table, candidate relation.Relation, all tables) *builder {
	return &builder{
		table: t, candidate: candidate, tables: all,
		passes:  []*draft{{aggregates: []string{"count(*)"}}},
		present: map[string]Slot{},
	}
}

// column returns a column that the catalogue has checked to be there.
func (b *builder) column(name string) typedColumn { return columnOf(b.table, alias+".", name) }

// columnOf is column of any table, which the statement knows by the prefix.
func columnOf(t *datasetv1.Table, prefix, name string) typedColumn {
	kind, _ := dataset.ParseType(dataset.ColumnByName(t, name).GetType()) // the lint admits valid types only
	return typedColumn{name: name, sql: relation.Join(prefix, []string{name}, ""), kind: kind}
}

// count adds an aggregate to the shared pass, and opens another one once it is full.
func (b *builder) count(aggregate func(*binder) string) Slot {
	if len(b.passes[b.current].aggregates) == maxAggregates {
		b.passes = append(b.passes, &draft{})
		b.current = len(b.passes) - 1
	}
	p := b.passes[b.current]
	p.aggregates = append(p.aggregates, aggregate(&p.binder))
	return Slot{Pass: b.current, Position: len(p.aggregates) - 1}
}

// countPresent counts the rows that have a value in a column, once per column.
func (b *builder) countPresent(c typedColumn) Slot {
	slot, ok := b.present[c.name]
	if !ok {
		slot = b.count(func(*binder) string { return "count(" + c.sql + ")" })
		b.present[c.name] = slot
	}
	return slot
}

// countWhere counts the rows that break a rule.
func (b *builder) countWhere(broken predicate) Slot {
	return b.count(func(bind *binder) string { return "count(*) filter (where " + broken(bind) + ")" })
}

// own adds a pass that returns one count, and the reason why nothing shares it.
func (b *builder) own(sql, why string) Slot {
	b.passes = append(b.passes, &draft{sql: sql, why: why})
	return Slot{Pass: len(b.passes) - 1}
}

// rows makes the statement that fetches the first rows for which broken is true:
// file, line, value and key, as text. Text is made of those rows alone, outside the
// subquery: inside it, it would be made of every row before the sort.
func (b *builder) rows(c typedColumn, broken predicate) *Query {
	var bind binder
	sql := fmt.Sprintf(`select %[1]s.sf_file, %[1]s.sf_line, left(%[2]s::text, %[3]d), array[%[4]s]
from (
    select * from %[5]s as %[1]s
    where %[6]s
    order by %[1]s.sf_file, %[1]s.sf_line
    limit %[7]d
) as %[1]s
order by %[1]s.sf_file, %[1]s.sf_line`,
		alias, c.sql, ValueLimit+1, b.keys(), b.candidate.SQL(), broken(&bind), RowLimit)
	return &Query{SQL: sql, Args: bind.args}
}

func (b *builder) keys() string {
	keys := make([]string, 0, len(b.table.GetKey()))
	for _, k := range b.table.GetKey() {
		keys = append(keys, fmt.Sprintf("left(%s::text, %d)", relation.Join(alias+".", []string{k}, ""), ValueLimit+1))
	}
	return strings.Join(keys, ", ")
}

func (b *builder) finish() []Pass {
	passes := make([]Pass, 0, len(b.passes))
	for _, d := range b.passes {
		sql, counts := d.sql, 1
		if sql == "" {
			sql = fmt.Sprintf("select\n    %s\nfrom %s as %s", strings.Join(d.aggregates, ",\n    "), b.candidate.SQL(), alias)
			counts = len(d.aggregates)
		}
		passes = append(passes, Pass{Query: Query{SQL: sql, Args: d.binder.args}, Counts: counts, Why: d.why})
	}
	return passes
}
