package statement

import (
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// AskToErase enters the keys of a table that are to be erased, as PostgreSQL writes them:
// $1 is the run, $2 the dataset, $3 the table's name, and from $4 on there is an array of
// texts for each column of the key. One that was given twice is entered at its first place.
func AskToErase(t *declared.Table, in relation.Relation) string {
	return "insert into " + in.SQL() + " (run, dataset, table_name, key, place) select $1, $2, $3, key, min(place) from (select array[" +
		strings.Join(given(t), ", ") + "] as key, place::integer from " + unnested(t, 4) + ") asked group by key"
}

// AreKeys fails where one of the texts is no key of a table: an array of texts for each
// column of the key, from $1 on.
func AreKeys(t *declared.Table) string {
	return "select count(array[" + strings.Join(given(t), ", ") + "]) from " + unnested(t, 1)
}

func given(t *declared.Table) []string {
	out := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		out[i] = "v" + strconv.Itoa(i) + "::" + c.Type.Cast() + "::text"
	}
	return out
}

func unnested(t *declared.Table, first int) string {
	arrays, names := make([]string, len(t.Key)), make([]string, len(t.Key))
	for i := range t.Key {
		arrays[i] = "$" + strconv.Itoa(first+i) + "::text[]"
		names[i] = "v" + strconv.Itoa(i)
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") with ordinality as given (" + strings.Join(names, ", ") + ", place)"
}

// Ledgers of keys, whose rows have dataset, table_name and key.
var Ledgers = []relation.Relation{{Schema: "sf_ingest", Name: "departed"}, {Schema: "sf_ingest", Name: "brought"}}

// CountInLedger counts the rows of a ledger whose keys are among those of a run, and
// DeleteFromLedger deletes them: $1 is the run, $2 the dataset, $3 the table's name. Keys
// are compared as values, as everywhere; each list is made before it is joined, so that no
// text of another table is ever read as a value of this one's type.
func CountInLedger(t *declared.Table, ledger, keys relation.Relation) string {
	return inLedger(t, ledger, keys) + " select count(*) from " + ledger.SQL() + " d join sf_hit on d.key = sf_hit.sf_key where d.dataset = $2 and d.table_name = $3"
}

// DeleteFromLedger is what CountInLedger says.
func DeleteFromLedger(t *declared.Table, ledger, keys relation.Relation) string {
	return inLedger(t, ledger, keys) + " delete from " + ledger.SQL() + " d using sf_hit where d.dataset = $2 and d.table_name = $3 and d.key = sf_hit.sf_key"
}

func inLedger(t *declared.Table, ledger, keys relation.Relation) string {
	values, on := make([]string, len(t.Key)), make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		name := "k" + strconv.Itoa(i)
		values[i] = "key[" + strconv.Itoa(i+1) + "]::" + c.Type.Cast() + " as " + name
		on[i] = "l." + name + " = k." + name
	}
	columns := strings.Join(values, ", ")
	return "with sf_keys as materialized (select " + columns + " from " + keys.SQL() + " where run = $1 and table_name = $3), sf_ledger as materialized (select key as sf_key, " +
		columns + " from " + ledger.SQL() + " where dataset = $2 and table_name = $3), sf_hit as (select distinct l.sf_key from sf_ledger l join sf_keys k on " +
		strings.Join(on, " and ") + ")"
}

// RememberErased enters a hash of every key that was asked for: $1 is the run, $2 the
// dataset, $3 the table's name.
func RememberErased(t *declared.Table, keys relation.Relation) string {
	values := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		values[i] = canonical("key["+strconv.Itoa(i+1)+"]::"+c.Type.Cast(), c)
	}
	return "insert into sf_ingest.erased (dataset, table_name, key_hash, run) select distinct $2, $3, " + hashed(values) + ", $1 from " + keys.SQL() +
		", sf_ingest.erase_salt where run = $1 and table_name = $3 and place is not null on conflict do nothing"
}

// ErasedAgain lists the rows of a candidate whose keys were erased: file, line, and how many
// there are in all; at most $3 rows, in the order of the file. $1 is the dataset, $2 the
// table's name. Rows that an incremental extract left as they were were never delivered.
func ErasedAgain(t *declared.Table, candidate relation.Relation) string {
	values := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		values[i] = canonical("c."+relation.Quote(k), c)
	}
	return "select c." + FileColumn + ", c." + LineColumn + ", count(*) over () from " + candidate.SQL() + " c, sf_ingest.erase_salt where c." + LineColumn +
		" > 0 and exists (select from sf_ingest.erased e where e.dataset = $1 and e.table_name = $2 and e.key_hash = " + hashed(values) +
		") order by c." + FileColumn + ", c." + LineColumn + " limit $3"
}

// canonical is a value in the text that equal values have.
func canonical(value string, c declared.Column) string {
	switch c.Type.Name {
	case dataset.Numeric:
		return "trim_scale(" + value + ")::text"
	case dataset.Real, dataset.DoublePrecision:
		return "(" + value + " + 0)::text"
	default:
		return "(" + value + ")::text"
	}
}

func hashed(values []string) string {
	return "sha256(convert_to(salt || array[" + strings.Join(values, ", ") + "]::text, 'UTF8'))"
}
