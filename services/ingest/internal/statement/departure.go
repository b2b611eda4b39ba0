package statement

import (
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Departing is what is asked of the keys of a table that a candidate lacks. Every
// statement takes the parameters
//
//	$1  the dataset's name
//	$2  the table's name
//	$3  whether the ledger of those that departed before counts
//	$4  the as_of of the rows, only of History
//
// Keys are compared as values of their types, also those of the ledger, which holds
// texts: what is equal is PostgreSQL's to say. Each list of keys is made before it is
// joined, so that no text of another table is ever read as a value of this one's type.
type Departing struct {
	Table *declared.Table
	// Before is the SQL of the rows as they were, as Rows makes it: of the live table, or of
	// a table of snapshots.
	Before string
	// History says that Before holds the rows of many dates, in a column as_of.
	History   bool
	Candidate relation.Relation
}

// Count counts the keys that depart now: those of before that are neither in the
// candidate, nor in the ledger, nor among rejected rows, whose values are the
// parameters that follow, an array of texts for each column of the key.
func (d Departing) Count() string {
	return "with " + d.fresh() + " select count(*) from sf_fresh"
}

// List lists the first $n keys that Count counts, as texts, n being the parameter after
// those of Count.
func (d Departing) List() string {
	limit := strconv.Itoa(d.rejected() + len(d.Table.Key))
	return "with " + d.fresh() + " select array[" + asText("", d.Table.Key) + "] from sf_fresh order by " + keyOrder(d.Table, "") + " limit $" + limit
}

// Compare looks at the ledger beside the candidate: how many of its keys are in it
// again, and how many are still gone and have their row in before.
func (d Departing) Compare() string {
	first := relation.Quote(d.Table.Key[0])
	return "with " + ledger(d.Table) + " select count(c." + first + "), count(l." + first + ") filter (where c." + first + " is null) from " + d.besideLedger()
}

// Prune takes out of the ledger what is in the candidate again, and what has no row in
// before any more.
func (d Departing) Prune() string {
	first := relation.Quote(d.Table.Key[0])
	return "with " + ledger(d.Table) + ", sf_settled as materialized (select sf_key from " + d.besideLedger() + " where c." + first + " is not null or l." + first +
		" is null) delete from sf_ingest.departed d using sf_settled where d.dataset = $1 and d.table_name = $2 and d.key = sf_settled.sf_key"
}

// besideLedger are the keys of the ledger, each beside its row in the candidate and its row
// in before, where it has one.
func (d Departing) besideLedger() string {
	t := d.Table
	return "sf_ledger left join " + d.Candidate.SQL() + " c on " + join("c.", t.Key, "sf_ledger.", t.Key) +
		" left join " + d.Before + " l on " + join("l.", t.Key, "sf_ledger.", t.Key)
}

// Record enters into the ledger the keys that the candidate lacks and that are not in
// it, as departed since $4, which may be empty.
func (d Departing) Record() string {
	t := d.Table
	return "with " + ledger(t) + ", " + d.gone() + " insert into sf_ingest.departed (dataset, table_name, key, since) select $1, $2, array[" +
		asText("sf_gone.", t.Key) + "], nullif($4, '')::date from sf_gone where not exists (select from sf_ledger where " +
		join("sf_ledger.", t.Key, "sf_gone.", t.Key) + ")"
}

// rejected is the first parameter of the rejected keys.
func (d Departing) rejected() int {
	if d.History {
		return 5
	}
	return 4
}

// fresh are the keys that depart now.
func (d Departing) fresh() string {
	t := d.Table
	params, cols := make([]string, len(t.Key)), make([]string, len(t.Key))
	for i, k := range t.Key {
		params[i] = "$" + strconv.Itoa(d.rejected()+i) + "::text[]"
		cols[i] = relation.Quote(k) + "::" + keyType(t, k) + " as " + relation.Quote(k)
	}
	return ledger(t) + ", sf_rejected as materialized (select " + strings.Join(cols, ", ") + " from unnest(" + strings.Join(params, ", ") +
		") as r (" + relation.QuoteAll(t.Key) + ")), " + d.gone() + ", sf_fresh as (select * from sf_gone g" +
		" where not exists (select from sf_ledger d where " + join("d.", t.Key, "g.", t.Key) + ")" +
		" and not exists (select from sf_rejected r where " + join("r.", t.Key, "g.", t.Key) + "))"
}

// gone are the keys of before that the candidate lacks.
func (d Departing) gone() string {
	t := d.Table
	sql := "sf_gone as materialized (select " + relation.Join("l.", t.Key, ", ") + " from " + d.Before + " l where "
	if d.History {
		sql += `l."as_of" = $4::text::date and `
	}
	return sql + keyed(t) + " and not " + in(t, d.Candidate.SQL(), "c.", "l.") + ")"
}

// ledger are the keys of the table that departed before.
func ledger(t *declared.Table) string {
	cols := make([]string, len(t.Key))
	for i, k := range t.Key {
		cols[i] = "key[" + strconv.Itoa(i+1) + "]::" + keyType(t, k) + " as " + relation.Quote(k)
	}
	return "sf_ledger as materialized (select key as sf_key, " + strings.Join(cols, ", ") +
		" from sf_ingest.departed where dataset = $1 and table_name = $2 and $3)"
}

// in says whether rows have the key of the other alias.
func in(t *declared.Table, rows, alias, other string) string {
	return "exists (select from " + rows + " " + strings.TrimSuffix(alias, ".") + " where " + join(alias, t.Key, other, t.Key) + ")"
}

func keyType(t *declared.Table, key string) string {
	c, _ := t.Column(key)
	return c.Type.SQL()
}

// keyed is the condition that no column of the key of l is NULL, as one may be under a
// unique index: such a row is nobody's.
func keyed(t *declared.Table) string {
	parts := make([]string, len(t.Key))
	for i, k := range t.Key {
		parts[i] = "l." + relation.Quote(k) + " is not null"
	}
	return strings.Join(parts, " and ")
}
