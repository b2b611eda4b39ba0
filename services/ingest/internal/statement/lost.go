package statement

import (
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Standing counts the rows of before that had not departed, and the keys of the ledger. Its
// parameters are those of Departing.
func (d Departing) Standing() string {
	sql := "with " + ledger(d.Table) + " select (select count(*) from " + d.Before + " l where "
	if d.History {
		sql += `l."as_of" = $4::text::date and `
	}
	return sql + "not exists (select from sf_ledger d where " + join("d.", d.Table.Key, "l.", d.Table.Key) + ")), (select count(*) from sf_ledger)"
}

// New counts the keys of the candidate that are neither in before nor in the ledger: each of
// them may be one that before has lost. Its parameters are those of Departing.
func (d Departing) New() string {
	t := d.Table
	sql := "with " + ledger(t) + " select count(*) from " + d.Candidate.SQL() + " c where not exists (select from " + d.Before + " l where "
	if d.History {
		sql += `l."as_of" = $4::text::date and `
	}
	return sql + join("l.", t.Key, "c.", t.Key) + ") and not exists (select from sf_ledger d where " + join("d.", t.Key, "c.", t.Key) + ")"
}

// NoRows is the SQL of no rows that have the table's key, in place of a table that is gone.
func NoRows(t *declared.Table) string {
	cols := make([]string, len(t.Key))
	for i, k := range t.Key {
		cols[i] = "null::" + keyType(t, k) + " as " + relation.Quote(k)
	}
	return "(select " + strings.Join(cols, ", ") + " where false)"
}
