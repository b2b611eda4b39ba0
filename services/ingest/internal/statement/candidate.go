package statement

import (
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// CreateCandidate makes the table that a file is staged into. It is unlogged: what it
// holds can be staged again. It lives too short for autovacuum, which would only be
// in the way of dropping it.
func CreateCandidate(t *declared.Table, to relation.Relation) string {
	var b strings.Builder
	b.WriteString("create unlogged table " + to.SQL() + " (")
	for _, c := range t.Columns {
		b.WriteString(relation.Quote(c.Name) + " " + c.Type.SQL() + ", ")
	}
	b.WriteString(FileColumn + " smallint not null, " + LineColumn + " bigint not null) with (autovacuum_enabled = false)")
	return b.String()
}

// Copy takes the named columns, and where each row came from, into a candidate that
// the same transaction made. Rows are frozen at once, so that nobody has to look up
// or write whether they are committed.
func Copy(to relation.Relation, columns []string) string {
	cols := append(append([]string(nil), columns...), FileColumn, LineColumn)
	return "copy " + to.SQL() + " (" + relation.QuoteAll(cols) + ") from stdin with (format text, freeze true, encoding 'UTF8')"
}

// ReadersOf are the roles that read candidates.
var ReadersOf = []string{"sf_quality", "sf_snapshot"}

// FinishCandidate lets those who read the candidate do so, and tells the planner what
// is in it, for the joins of the later steps. A sample of 3,000 rows (300 times the
// target) does for that, and takes a tenth of the time that the default one takes.
func FinishCandidate(c relation.Relation) string {
	return "grant select on " + c.SQL() + " to " + relation.QuoteAll(ReadersOf) +
		"; set local default_statistics_target = 10; analyze " + c.SQL()
}

// KeysRepeat says whether any key may stand on several rows: whether there are fewer
// hashes of keys than rows. Equal keys have equal hashes, so that no is certain; yes is
// for CountDuplicates to confirm. Sorting hashes takes a fifth of grouping by keys.
func KeysRepeat(t *declared.Table, c relation.Relation) string {
	return "select count(*) > count(distinct hash_record_extended(row(" + relation.QuoteAll(t.Key) + "), 0)) from " + c.SQL()
}

// Names of what is said of a repeated key, beside the key's own columns, which cannot
// begin with sf_.
const (
	keyCount = "sf_count"
	keyLines = "sf_lines"
)

// IndexKey indexes the key, and a number beside it, as a snapshot has the as_of: what an
// index does not take here, none does.
func IndexKey(t *declared.Table, c relation.Relation) string {
	return "create index on " + c.SQL() + " (" + relation.QuoteAll(t.Key) + ", " + LineColumn + ")"
}

// CountDuplicates counts the keys that stand on several rows, and those rows.
func CountDuplicates(t *declared.Table, c relation.Relation) string {
	return "select count(*), coalesce(sum(n), 0)::bigint from (select count(*) as n from " + c.SQL() +
		" group by " + relation.QuoteAll(t.Key) + " having count(*) > 1) twice"
}

// ListDuplicates lists rows whose key stands on several: the key as text, the row's
// line, and the first $2 lines of the key with how many it stands on; at most $1 rows,
// in the order of the file.
func ListDuplicates(t *declared.Table, c relation.Relation) string {
	return "select array[" + asText("c.", t.Key) + "], c." + LineColumn + ", twice." + keyLines + "[1:$2], twice." + keyCount + " from " + c.SQL() +
		" c join (select " + relation.QuoteAll(t.Key) +
		", count(*) as " + keyCount + ", array_agg(" + LineColumn + " order by " + LineColumn + ") as " + keyLines + " from " + c.SQL() +
		" group by " + relation.QuoteAll(t.Key) + " having count(*) > 1) twice on " + join("twice.", t.Key, "c.", t.Key) +
		" order by c." + LineColumn + " limit $1"
}

// Count counts the rows of a relation.
func Count(r relation.Relation) string { return "select count(*) from " + r.SQL() }

// Drop drops a table, if it is there.
func Drop(r relation.Relation) string { return "drop table if exists " + r.SQL() }
