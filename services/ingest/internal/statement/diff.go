package statement

import (
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// newFlag marks, among the rows that differ, those whose key live does not have.
// Columns of a dataset cannot begin with sf_.
const newFlag = "sf_new"

// changedFlags are, of a row that differs, a flag for each column that is not key.
const changedFlags = "sf_changed"

// Apply writes what differs between a candidate and its live table, and answers with
// the counts of updated, of inserted, and of all differing rows. One hash join finds both; a row that is
// equal is not touched.
func Apply(t *declared.Table, c relation.Relation) string { return apply(t, c, false) }

// ApplyListing is Apply, and lists the keys of the rows that it inserts among those that
// the as_of brought. $1 is the dataset's name, $2 the table's, $3 the batch.
func ApplyListing(t *declared.Table, c relation.Relation) string { return apply(t, c, true) }

func apply(t *declared.Table, c relation.Relation, list bool) string {
	cols := t.Names()
	var b strings.Builder
	b.WriteString("with diff as materialized (select " + relation.Join("c.", cols, ", ") + ", " + isNew(t) + " as " + newFlag +
		" from " + joined(t, c) + " where " + isNew(t))
	if others := t.Others(); len(others) > 0 {
		b.WriteString(" or " + differs(others))
	}
	b.WriteString("), updated as (" + update(t) + "), inserted as (insert into " + t.Live.SQL() + " (" + relation.QuoteAll(cols) +
		") select " + relation.QuoteAll(cols) + " from diff where " + newFlag + " order by " + keyOrder(t, "") + " returning ")
	if list {
		b.WriteString(relation.QuoteAll(t.Key) + "), listed as (" + listing(t, "inserted") + ")")
	} else {
		b.WriteString("1)")
	}
	b.WriteString(" select (select count(*) from updated), (select count(*) from inserted), (select count(*) from diff)")
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
// the order of t.Others, the changed rows that differ in it. What differs is told
// inside the join, since no plan passes the columns of both tables on where they are
// more than 1,664. s says how live stands.
func Compare(t *declared.Table, c relation.Relation, s Standing) string {
	others := t.Others()
	if len(others) == 0 {
		return "select count(*) filter (where " + isNew(t) + "), 0::bigint, array[]::bigint[] from " + joinedTo(s.live(t), t, c)
	}
	tells, counts := make([]string, len(others)), make([]string, len(others))
	for i, o := range others {
		tells[i] = differs([]string{o})
		counts[i] = "count(*) filter (where not " + newFlag + " and " + changedFlags + "[" + strconv.Itoa(i+1) + "])"
	}
	return "select count(*) filter (where " + newFlag + "), count(*) filter (where not " + newFlag + "), array[" + strings.Join(counts, ", ") +
		"] from (select " + isNew(t) + " as " + newFlag + ", array[" + strings.Join(tells, ", ") + "] as " + changedFlags +
		" from " + joinedTo(s.live(t), t, c) + " where " + isNew(t) + " or " + differs(others) + " offset 0) diff"
}

// DeleteDeparted deletes the live rows whose key a candidate lacks.
func DeleteDeparted(t *declared.Table, c relation.Relation) string {
	return "delete from " + t.Live.SQL() + " l where " + departs(t, c)
}

// departs is the condition that the live row l has a key, and is not in the candidate.
func departs(t *declared.Table, c relation.Relation) string {
	return keyed(t) + " and not " + in(t, c.SQL(), "c.", "l.")
}

// CountLive counts the live rows, and those of them that have a key.
func CountLive(t *declared.Table, open rename.Pairs) string {
	return "select count(*), count(*) filter (where " + keyed(t) + ") from " + Rows(t, t.Live, open) + " l"
}

func joined(t *declared.Table, c relation.Relation) string { return joinedTo(t.Live.SQL(), t, c) }

func joinedTo(live string, t *declared.Table, c relation.Relation) string {
	return c.SQL() + " c left join " + live + " l on " + join("l.", t.Key, "c.", t.Key)
}

func isNew(t *declared.Table) string { return "l." + relation.Quote(t.Key[0]) + " is null" }

// differs compares as PostgreSQL does, NULL being equal to NULL.
func differs(cols []string) string {
	return "(" + relation.Join("l.", cols, ", ") + ") is distinct from (" + relation.Join("c.", cols, ", ") + ")"
}
