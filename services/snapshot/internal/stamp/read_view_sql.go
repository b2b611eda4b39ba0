package stamp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// readView is a view that shows a snapshot to the tools that read it.
type readView struct {
	relation relation.Relation
	sql      string
	// columns are its own, in order; those that the table has not have no type here.
	columns []column
}

// readViews are the views of a snapshot, whose table has some columns and a key. A column
// that the table gets comes last in each.
func readViews(l layout.Layout, table []column, key []string) []readView {
	if l.Read.Schema == "" || len(key) == 0 {
		return nil
	}
	in := func(name string) relation.Relation { return relation.Relation{Schema: l.Read.Schema, Name: name} }
	all := []readView{
		currentRows(in(l.Snapshot), l, table, key, ""),
		spans(in(l.Snapshot+dataset.SpansSuffix), l, table, key),
	}
	if l.Read.Labels != "" {
		all = append(all, currentRows(in(l.Read.Labels), l, table, key, "period_start"))
	}
	return all
}

// besides is the name of a column that a view has besides those of the table: its own, unless
// the table has a column of it.
func besides(name string, table []column) string {
	if slices.ContainsFunc(table, func(c column) bool { return c.name == name }) {
		return "sf_" + name
	}
	return name
}

// parted are the columns of the key and the others, without as_of, as they stand in the
// table.
func parted(table []column, key []string) (keys, rest []column) {
	for _, c := range table {
		switch {
		case slices.Contains(key, c.name):
			keys = append(keys, c)
		case c.name != layout.AsOf:
			rest = append(rest, c)
		}
	}
	return keys, rest
}

func quotedNames(of string, columns []column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = of + relation.Quote(c.name)
	}
	return all
}

// currentOf is the condition on the catalog that an entry is current and of the table.
func currentOf(l layout.Layout) string {
	return fmt.Sprintf("c.table_schema = %s and c.table_name = %s and c.current", literal(l.Table.Schema), literal(l.Table.Name))
}

// currentRows shows the rows of current revisions with the moment at which they became
// known; where period is a name, as_of stands under it besides.
func currentRows(view relation.Relation, l layout.Layout, table []column, key []string, period string) readView {
	keys, rest := parted(table, key)
	v := readView{relation: view, columns: slices.Clone(keys)}
	values := quotedNames("t.", keys)
	if period != "" {
		v.columns = append(v.columns, column{name: besides(period, table)})
		values = append(values, "t.as_of as "+relation.Quote(besides(period, table)))
	}
	created := besides("created_timestamp", table)
	v.columns = slices.Concat(v.columns, []column{{name: layout.AsOf}, {name: created}}, rest)
	values = slices.Concat(values, []string{"t.as_of", "c.known_at as " + relation.Quote(created)}, quotedNames("t.", rest))
	v.sql = fmt.Sprintf("select %s\n  from %s t\n  join sf_snapshot.catalog c on %s and c.as_of = t.as_of",
		strings.Join(values, ", "), l.Table.SQL(), currentOf(l))
	return v
}

// spans shows each row of current revisions once, with the first as_of at which it was so
// and the one from which on it was not, because it was another or gone; NULL where it is so
// yet. An as_of that is not stamped changes nothing.
func spans(view relation.Relation, l layout.Layout, table []column, key []string) readView {
	keys, rest := parted(table, key)
	from, to := besides("valid_from", table), besides("valid_to", table)
	names := func(of string, columns ...[]column) string {
		return strings.Join(quotedNames(of, slices.Concat(columns...)), ", ")
	}
	changed := "lag(s.sf_n) over w is distinct from s.sf_n - 1"
	if len(rest) > 0 {
		before := make([]string, len(rest))
		for i, c := range rest {
			before[i] = "lag(t." + relation.Quote(c.name) + ") over w"
		}
		changed = "(" + changed + " or row(" + strings.Join(before, ", ") + ") is distinct from row(" + names("t.", rest) + "))"
	}
	stamped := "select c.as_of, row_number() over (order by c.as_of) as sf_n, lead(c.as_of) over (order by c.as_of) as sf_next from sf_snapshot.catalog c where " + currentOf(l)
	rows := fmt.Sprintf("select %s, t.as_of, s.sf_next, %s as sf_starts\n      from %s t join (%s) s on s.as_of = t.as_of\n    window w as (partition by %s order by t.as_of)",
		names("t.", keys, rest), changed, l.Table.SQL(), stamped, names("t.", keys))
	numbered := fmt.Sprintf("select r.*, count(*) filter (where r.sf_starts) over (partition by %s order by r.as_of) as sf_span\n    from (%s) r", names("r.", keys), rows)
	ended := fmt.Sprintf("select n.*, last_value(n.sf_next) over (partition by %s, n.sf_span order by n.as_of rows between unbounded preceding and unbounded following) as sf_to\n  from (%s) n",
		names("n.", keys), numbered)
	values := slices.Concat(quotedNames("e.", keys), []string{"e.as_of as " + relation.Quote(from), "e.sf_to as " + relation.Quote(to)}, quotedNames("e.", rest))
	return readView{
		relation: view, columns: slices.Concat(keys, []column{{name: from}, {name: to}}, rest),
		sql: fmt.Sprintf("select %s\nfrom (%s) e\nwhere e.sf_starts", strings.Join(values, ", "), ended),
	}
}
