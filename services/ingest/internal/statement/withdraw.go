package statement

import (
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Withdrawing is what is asked of the keys that only superseded deliveries of an as_of
// brought: those that stand in live, came with the as_of, and are not in the candidate.
// Every statement takes the parameters
//
//	$1  the dataset's name
//	$2  the table's name
//	$3  whether the ledger of those that departed before counts; only of Count
//
// Keys are compared as values of their types, as in Departing.
type Withdrawing struct {
	Table *declared.Table
	// Live is the SQL of the live rows, as Rows makes it; only of Count. The others are for
	// a table whose columns are called as they are declared.
	Live      string
	Candidate relation.Relation
	// Whole says that every key of live came with the as_of, and none is listed.
	Whole bool
}

// Count counts them, and those of them that are in the ledger of the departed.
func (w Withdrawing) Count() string {
	t := w.Table
	return "with " + ledger(t) + ", " + brought(t) + " select count(*), count(*) filter (where exists (select from sf_ledger d where " +
		join("d.", t.Key, "l.", t.Key) + ")) from " + w.Live + " l where " + w.condition()
}

// Delete deletes their rows from live.
func (w Withdrawing) Delete() string {
	return "with " + brought(w.Table) + " delete from " + w.Table.Live.SQL() + " l where " + w.condition()
}

// Prune takes out of the list what has no row in live any more.
func (w Withdrawing) Prune() string {
	t := w.Table
	return "with " + brought(t) + " delete from sf_ingest.brought d using sf_brought where d.dataset = $1 and d.table_name = $2 and d.key = sf_brought.sf_key and not " +
		in(t, t.Live.SQL(), "l.", "sf_brought.")
}

func (w Withdrawing) condition() string {
	t := w.Table
	sql := keyed(t) + " and not " + in(t, w.Candidate.SQL(), "c.", "l.")
	if !w.Whole {
		sql += " and exists (select from sf_brought b where " + join("b.", t.Key, "l.", t.Key) + ")"
	}
	return sql
}

// brought are the keys of the table that are listed.
func brought(t *declared.Table) string {
	cols := make([]string, len(t.Key))
	for i, k := range t.Key {
		cols[i] = "key[" + strconv.Itoa(i+1) + "]::" + keyType(t, k) + " as " + relation.Quote(k)
	}
	return "sf_brought as materialized (select key as sf_key, " + strings.Join(cols, ", ") +
		" from sf_ingest.brought where dataset = $1 and table_name = $2)"
}

// listing records the keys of rows that are inserted, as the part of a statement whose
// parameters are the dataset's name, the table's and the batch.
func listing(t *declared.Table, inserted string) string {
	return "insert into sf_ingest.brought (dataset, table_name, batch, key) select $1::text, $2::text, $3::text, array[" +
		asText("", t.Key) + "] from " + inserted
}
