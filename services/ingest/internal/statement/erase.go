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
// dataset, $3 the table's name, $4 the ID of the key that the hashes are made with, empty where
// they are salted.
func RememberErased(t *declared.Table, keys relation.Relation, with HashedWith) string {
	values := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		values[i] = canonical("key["+strconv.Itoa(i+1)+"]::"+c.Type.Cast(), c)
	}
	return "insert into sf_ingest.erased (dataset, table_name, key_hash, run, key_id) select distinct $2, $3, " + with.of(values) + ", $1, $4::text from " + keys.SQL() +
		" where run = $1 and table_name = $3 and place is not null on conflict do nothing"
}

// HashedWith is what hashes of erased keys are made with: the salt of the installation, where
// it is zero, or a key, whose pads are the parameter of this number and the one after it.
type HashedWith int

// Salted is the salt of the installation.
const Salted HashedWith = 0

func (w HashedWith) of(values []string) string {
	text := "array[" + strings.Join(values, ", ") + "]::text"
	if w == Salted {
		return "sha256(convert_to((select salt from sf_ingest.erase_salt) || " + text + ", 'UTF8'))"
	}
	inner, outer := "$"+strconv.Itoa(int(w))+"::bytea", "$"+strconv.Itoa(int(w)+1)+"::bytea"
	return "sha256(" + outer + " || sha256(" + inner + " || convert_to(" + text + ", 'UTF8')))"
}

// hash is how keys of one ID are found: the parameter that the ID is, and what the hashes are
// made with.
type hash struct {
	id   int
	with HashedWith
}

// hashesFrom are those of n keys, of which the first ID is the parameter of a number, and each
// has its pads behind it; before them the salted ones.
func hashesFrom(first, n int) []hash {
	all := []hash{{with: Salted}}
	for i := range n {
		all = append(all, hash{id: first + 3*i, with: HashedWith(first + 3*i + 1)})
	}
	return all
}

// wasErased says of a row of a candidate whether its key was erased: $1 is the dataset, $2 the
// table's name. A row that an incremental extract left as it was was never delivered.
func wasErased(t *declared.Table, hashes []hash) string {
	values := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		values[i] = canonical("c."+relation.Quote(k), c)
	}
	among := make([]string, len(hashes))
	for i, h := range hashes {
		id := "''"
		if h.id > 0 {
			id = "$" + strconv.Itoa(h.id) + "::text"
		}
		among[i] = h.with.of(values) + " in (select e.key_hash from sf_ingest.erased e where e.dataset = $1 and e.table_name = $2 and e.key_id = " + id + ")"
	}
	return "c." + LineColumn + " > 0 and (" + strings.Join(among, " or ") + ")"
}

// ErasedAgain lists the rows of a candidate whose keys were erased: file, line, and how many
// there are in all; at most $3 rows, in the order of the file. $1 is the dataset, $2 the
// table's name; from $4 on stand ID and pads of so many keys as there are erased keys under.
func ErasedAgain(t *declared.Table, candidate relation.Relation, keys int) string {
	return "select c." + FileColumn + ", c." + LineColumn + ", count(*) over () from " + candidate.SQL() + " c where " + wasErased(t, hashesFrom(4, keys)) +
		" order by c." + FileColumn + ", c." + LineColumn + " limit $3"
}

// DropErased deletes the rows of a candidate whose keys were erased, and returns their keys as
// texts: $1 is the dataset, $2 the table's name; from $3 on stand ID and pads of so many keys.
func DropErased(t *declared.Table, candidate relation.Relation, keys int) string {
	return "delete from " + candidate.SQL() + " c where " + wasErased(t, hashesFrom(3, keys)) + " returning " + keyTexts(t)
}

// DropReferring deletes the rows of a candidate that refer to rows which were dropped, and
// returns their keys as texts: an array of texts for each column of the parent's key, from $1 on.
func DropReferring(t *declared.Table, candidate relation.Relation, r declared.Reference) string {
	columns, values := make([]string, len(r.Columns)), make([]string, len(r.Columns))
	for i, name := range r.Columns {
		c, _ := t.Column(name)
		columns[i], values[i] = "c."+relation.Quote(name), "v"+strconv.Itoa(i)+"::"+c.Type.Cast()
	}
	return "delete from " + candidate.SQL() + " c where (" + strings.Join(columns, ", ") + ") in (select " + strings.Join(values, ", ") + " from " +
		unnested(r.Parent, 1) + ") returning " + keyTexts(t)
}

func keyTexts(t *declared.Table) string {
	out := make([]string, len(t.Key))
	for i, k := range t.Key {
		out[i] = "c." + relation.Quote(k) + "::text"
	}
	return "array[" + strings.Join(out, ", ") + "]"
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
