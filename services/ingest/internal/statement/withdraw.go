package statement

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Withdrawing is what is asked of the keys that only superseded deliveries of an as_of
// brought: those that stand in live, came with the as_of, are not in the candidate, and to
// which no row refers that stays. Every statement takes the parameters
//
//	$1  the dataset's name
//	$2  the table's name
//	$3  whether the ledger of those that departed before counts; only of Count
//
// and behind them, where Referring names any, these tables' names as an array of texts.
// Keys are compared as values of their types, as in Departing.
type Withdrawing struct {
	Table *declared.Table
	// Live is the SQL of the live rows, as Rows makes it; only of Count and Held. The others
	// are for a table whose columns are called as they are declared.
	Live      string
	Candidate relation.Relation
	// Whole says that every key of live came with the as_of, and none is listed.
	Whole bool
	// Among are the tables of the dataset that stand, each behind those that refer to it.
	Among []Referring
}

// Count counts them, those of them that are in the ledger of the departed, and the keys
// that would be withdrawn if no row that stays referred to them.
func (w Withdrawing) Count() string {
	t, first := w.Table, relation.Quote(w.Table.Key[0])
	from := w.Live + " l left join sf_ledger d on " + join("d.", t.Key, "l.", t.Key)
	counts := "count(*), count(d." + first + "), 0::bigint"
	if held := w.heldHere(); held != "" {
		from += " left join " + held + " h on " + join("h.", t.Key, "l.", t.Key)
		goes := " filter (where h." + first + " is null)"
		counts = "count(*)" + goes + ", count(d." + first + ")" + goes + ", count(h." + first + ")"
	}
	return w.with(4, ledger(t)) + " select " + counts + " from " + from + " where " + w.superseded()
}

// Held lists, as texts, the first $3 keys that Count counts as held; only where Referring
// names any.
func (w Withdrawing) Held() string {
	t := w.Table
	return w.with(4) + " select array[" + asText("l.", t.Key) + "] from " + w.Live + " l where " + w.superseded() + " and " + w.isHeld() +
		" order by " + keyOrder(t, "l.") + " limit $3"
}

// Delete deletes their rows from live.
func (w Withdrawing) Delete() string {
	return w.with(3) + " delete from " + w.Table.Live.SQL() + " l where " + w.goes()
}

// goes is the condition that the row l is withdrawn.
func (w Withdrawing) goes() string {
	sql := w.superseded()
	if held := w.isHeld(); held != "" {
		sql += " and not " + held
	}
	return sql
}

// Prune takes out of the list what has no row in live any more: what is held stays in it.
func (w Withdrawing) Prune() string {
	t := w.Table
	return "with " + brought(t) + " delete from sf_ingest.brought d using sf_brought where d.dataset = $1 and d.table_name = $2 and d.key = sf_brought.sf_key and not " +
		in(t, t.Live.SQL(), "l.", "sf_brought.")
}

// with begins a statement with the lists that its conditions look into.
func (w Withdrawing) with(names int, lists ...string) string {
	lists = append(lists, brought(w.Table))
	held := w.held(names)
	if held == "" {
		return "with " + strings.Join(lists, ", ")
	}
	return "with recursive " + strings.Join(append(lists, held), ", ")
}

// superseded is the condition that only superseded deliveries brought the row l.
func (w Withdrawing) superseded() string {
	t := w.Table
	sql := keyed(t) + " and not " + in(t, w.Candidate.SQL(), "c.", "l.")
	if !w.Whole {
		sql += " and exists (select from sf_brought b where " + join("b.", t.Key, "l.", t.Key) + ")"
	}
	return sql
}

// isHeld is the condition that a row that stays refers to l; empty where none can.
func (w Withdrawing) isHeld() string {
	held := w.heldHere()
	if held == "" {
		return ""
	}
	return "exists (select from " + held + " h where " + join("h.", w.Table.Key, "l.", w.Table.Key) + ")"
}

// heldHere is the list of the table's keys that are held, each once; empty where none can be.
func (w Withdrawing) heldHere() string {
	all := w.descendants()
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf("sf_held_%d", len(all)-1)
}

// brought are the keys of the table that are listed.
func brought(t *declared.Table) string { return broughtInto(t, "sf_brought", "$2") }

// broughtInto are those of the table that name stands for, as the list called as, each
// once: a key that departed and came back within the as_of is listed twice.
func broughtInto(t *declared.Table, as, name string) string {
	cols := make([]string, len(t.Key))
	for i, k := range t.Key {
		cols[i] = "key[" + strconv.Itoa(i+1) + "]::" + keyType(t, k) + " as " + relation.Quote(k)
	}
	return as + " as materialized (select distinct key as sf_key, " + strings.Join(cols, ", ") +
		" from sf_ingest.brought where dataset = $1 and table_name = " + name + ")"
}

// listing records the keys of rows that are inserted, as the part of a statement whose
// parameters are the dataset's name, the table's and the batch.
func listing(t *declared.Table, inserted string) string {
	return "insert into sf_ingest.brought (dataset, table_name, batch, key) select $1::text, $2::text, $3::text, array[" +
		asText("", t.Key) + "] from " + inserted
}
