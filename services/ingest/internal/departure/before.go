package departure

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Before is what the keys of a candidate are compared with.
type Before struct {
	From relation.Relation
	// Open are the columns that have to be renamed yet in it.
	Open rename.Pairs
	// History says that From holds the rows of many dates.
	History bool
	// AsOf of the rows, YYYY-MM-DD; empty where nobody published them.
	AsOf string
	// Rows that were delivered then: what the limit is a share of.
	Rows int64
	// Absent is how many of the keys had departed before.
	Absent int64
	// Ledger says that it is known which they are, and not only how many.
	Ledger bool
	// Delivered says that there was a delivery before this one. Without it, From is a
	// table of the users' own, and which of its keys departed long ago nobody knows.
	Delivered bool
	// Last is the record of the table's last delivery; nil where there was none.
	Last *store.PublishedTable
	// counted says that Rows are those of live, since none were delivered.
	counted bool
	// left is how many rows From was left with, those that had departed included; gone says
	// that it is not there any more.
	left int64
	gone bool
}

// OfSnapshot returns what is known of the rows of an earlier as_of in a table of snapshots.
func OfSnapshot(from relation.Relation, open rename.Pairs, asOf string, rows int64) *Before {
	return &Before{From: from, Open: open, History: true, AsOf: asOf, Rows: rows, left: rows}
}

// asOf is the column by which the tables of snapshots hold the rows of many dates.
const asOf = "as_of"

// sameKey says whether a relation has the key's columns, of these types, and may be
// read, every row of it: what differs otherwise is publish's to refuse, with every difference.
const sameKey = `
select count(*) = cardinality($3::text[])
       and coalesce(bool_and(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid)), false)
  from unnest($3::text[], $4::text[]) as k (name, type)
  join pg_namespace n on n.nspname = $1
  join pg_class c on c.relnamespace = n.oid and c.relname = $2 and c.relkind in ('r', 'p')
  join pg_attribute a on a.attrelid = c.oid and a.attname = k.name and a.attnum > 0 and not a.attisdropped
   and format_type(a.atttypid, a.atttypmod) = k.type`

// Readable says whether the keys of a relation can be compared with the table's; open are
// the columns that have to be renamed yet in it.
func Readable(ctx context.Context, q postgres.Querier, t *declared.Table, r relation.Relation, open rename.Pairs) (ok bool, err error) {
	types := make([]string, len(t.Key))
	for i, k := range t.Key {
		c, _ := t.Column(k)
		types[i] = c.Type.SQL()
	}
	if err := q.QueryRow(ctx, sameKey, pgx.QueryExecModeExec, r.Schema, r.Name, open.AllBefore(t.Key), types).Scan(&ok); err != nil {
		return false, fmt.Errorf("look at the key of %s: %w", r, err)
	}
	return ok, nil
}

// Live returns what live and the ledger say of a table before a delivery; nil where
// there is nothing to compare with. names are those of the live table's columns.
func Live(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, names called.Names) (*Before, error) {
	open, err := names.Open(ctx, q, t.Live)
	if err != nil {
		return nil, err
	}
	gone, err := isGone(ctx, q, t.Live)
	if err != nil {
		return nil, err
	}
	if !gone {
		if ok, err := Readable(ctx, q, t, t.Live, open); !ok || err != nil {
			return nil, err
		}
	}
	last, err := store.LastDelivered(ctx, q, dataset, t.Name)
	if err != nil || gone && last == nil {
		return nil, err
	}
	left, err := store.LiveLeft(ctx, q, dataset)
	if err != nil {
		return nil, err
	}
	b := Of(t, last, open)
	b.left, b.gone = left[t.Live].Rows, gone
	if gone {
		return b, nil
	}
	if b.Rows == 0 { // nothing was ever delivered, or an empty file last
		b.counted = true
		err = q.QueryRow(ctx, statement.Count(t.Live), pgx.QueryExecModeExec).Scan(&b.Rows)
	}
	return b, err
}

func isGone(ctx context.Context, q postgres.Querier, r relation.Relation) (gone bool, err error) {
	err = q.QueryRow(ctx, `select not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2)`,
		pgx.QueryExecModeExec, r.Schema, r.Name).Scan(&gone)
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", r, err)
	}
	return gone, nil
}

// Of returns what is known of a live table from the record of its last delivery.
func Of(t *declared.Table, last *store.PublishedTable, open rename.Pairs) *Before {
	b := &Before{From: t.Live, Last: last, Open: open}
	if last != nil {
		b.AsOf, b.Rows, b.Absent, b.Delivered = last.AsOf, last.Rows, last.Absent, true
		b.Ledger = slices.Equal(last.KeyColumns, open.AllBefore(t.Key))
	}
	return b
}

func (b *Before) departing(t *declared.Table, candidate relation.Relation) statement.Departing {
	rows := statement.Rows(t, b.From, b.Open)
	switch {
	case b.gone:
		rows = statement.NoRows(t)
	case b.History:
		rows = statement.Rows(t, b.From, b.Open, asOf)
	}
	return statement.Departing{Table: t, Before: rows, History: b.History, Candidate: candidate}
}

// Unpublished says that the rows are those of a table that the users had before it was
// ever published.
func (b *Before) Unpublished() bool { return !b.Delivered && !b.History }
