package statement

import (
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// newFlag marks, among the rows that differ, those whose key live does not have.
// Columns of a dataset cannot begin with sf_.
const newFlag = "sf_new"

// Apply writes what differs between a candidate and its live table, and answers with
// the counts of updated and of inserted rows. One hash join finds both; a row that is
// equal is not touched.
func Apply(t *declared.Table, c relation.Relation) string {
	cols := t.Names()
	var b strings.Builder
	b.WriteString("with diff as materialized (select " + relation.Join("c.", cols, ", ") + ", " + isNew(t) + " as " + newFlag +
		" from " + joined(t, c) + " where " + isNew(t))
	if others := t.Others(); len(others) > 0 {
		b.WriteString(" or " + differs(others))
	}
	b.WriteString("), updated as (" + update(t) + "), inserted as (insert into " + t.Live.SQL() + " (" + relation.QuoteAll(cols) +
		") select " + relation.QuoteAll(cols) + " from diff where " + newFlag + " order by " + keyOrder(t, "") + " returning 1)")
	b.WriteString(" select (select count(*) from updated), (select count(*) from inserted)")
	return b.String()
}

func update(t *declared.Table) string {
	others := t.Others()
	if len(others) == 0 {
		return "select where false" // a row that is all key can only be new
	}
	sets := make([]string, len(others))
	for i, o := range others {
		sets[i] = relation.Quote(o) + " = d." + relation.Quote(o)
	}
	return "update " + t.Live.SQL() + " l set " + strings.Join(sets, ", ") + " from diff d where not d." + newFlag +
		" and " + join("l.", t.Key, "d.", t.Key) + " returning 1"
}

// Compare counts what Apply would write: new rows, changed rows, and per column, in
// the order of t.Others, the changed rows that differ in it.
func Compare(t *declared.Table, c relation.Relation) string {
	var b strings.Builder
	b.WriteString("select count(*) filter (where " + isNew(t) + ")")
	others := t.Others()
	if len(others) == 0 {
		return b.String() + ", 0::bigint, array[]::bigint[] from " + joined(t, c)
	}
	b.WriteString(", count(*) filter (where not " + isNew(t) + " and " + differs(others) + "), array[")
	for i, o := range others {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("count(*) filter (where not " + isNew(t) + " and " + differs([]string{o}) + ")")
	}
	b.WriteString("] from " + joined(t, c))
	return b.String()
}

// DeleteDeparted deletes the live rows whose key a candidate lacks.
func DeleteDeparted(t *declared.Table, c relation.Relation) string {
	return "delete from " + t.Live.SQL() + " l where not exists (select from " + c.SQL() + " c where " +
		join("c.", t.Key, "l.", t.Key) + ")"
}

func joined(t *declared.Table, c relation.Relation) string {
	return c.SQL() + " c left join " + t.Live.SQL() + " l on " + join("l.", t.Key, "c.", t.Key)
}

func isNew(t *declared.Table) string { return "l." + relation.Quote(t.Key[0]) + " is null" }

// differs compares as PostgreSQL does, NULL being equal to NULL.
func differs(cols []string) string {
	return "(" + relation.Join("l.", cols, ", ") + ") is distinct from (" + relation.Join("c.", cols, ", ") + ")"
}
