package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
)

// PublishedTable is the last delivery that a live table took.
type PublishedTable struct {
	// AsOf is YYYY-MM-DD.
	AsOf string
	// Rows that were delivered.
	Rows int64
	// Absent is how many live rows there were whose key was not.
	Absent int64
	// KeyColumns are those of the keys in the ledger of the departed; empty where no
	// ledger is kept of the table.
	KeyColumns []string
}

// LastDelivered returns what a table was last delivered; nil where it never was.
func LastDelivered(ctx context.Context, q postgres.Querier, dataset, table string) (*PublishedTable, error) {
	rows, err := q.Query(ctx, `
select as_of::text, rows, absent, coalesce(key_columns, '{}')
  from sf_ingest.published_table where dataset = $1 and table_name = $2`, dataset, table)
	if err != nil {
		return nil, fmt.Errorf("read the last delivery of %s: %w", table, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*PublishedTable, error) {
		p := &PublishedTable{}
		return p, row.Scan(&p.AsOf, &p.Rows, &p.Absent, &p.KeyColumns)
	})
	if err != nil {
		return nil, fmt.Errorf("read the last delivery of %s: %w", table, err)
	}
	if len(found) == 0 {
		return nil, nil //nolint:nilnil // it never was
	}
	return found[0], nil
}

// Delivered records what a table was delivered, in the transaction that publishes it.
func Delivered(ctx context.Context, q postgres.Querier, dataset, table string, p PublishedTable) error {
	_, err := q.Exec(ctx, `
insert into sf_ingest.published_table (dataset, table_name, as_of, rows, absent, key_columns)
values ($1, $2, $3::text::date, $4, $5, nullif($6::text[], '{}'))
on conflict (dataset, table_name) do update
   set as_of = excluded.as_of, rows = excluded.rows, absent = excluded.absent, key_columns = excluded.key_columns`,
		dataset, table, p.AsOf, p.Rows, p.Absent, p.KeyColumns)
	if err != nil {
		return fmt.Errorf("record the delivery of %s: %w", table, err)
	}
	return nil
}

// ForgetDeparted empties the ledger of a table: none of its keys has a live row, or
// they are no longer told by it.
func ForgetDeparted(ctx context.Context, q postgres.Querier, dataset, table string) error {
	if _, err := q.Exec(ctx, "delete from sf_ingest.departed where dataset = $1 and table_name = $2", dataset, table); err != nil {
		return fmt.Errorf("empty the ledger of %s: %w", table, err)
	}
	return nil
}

// RenameKey has the ledger of a table, and the list of what its as_of brought, tell keys by
// the names that their columns have now.
func RenameKey(ctx context.Context, q postgres.Querier, dataset, table string, pairs rename.Pairs) error {
	brought, err := BroughtInto(ctx, q, dataset, table)
	if err != nil {
		return err
	}
	if brought != nil {
		brought.KeyColumns = pairs.AllNow(brought.KeyColumns)
		if err := RecordBrought(ctx, q, dataset, table, *brought); err != nil {
			return err
		}
	}
	last, err := LastDelivered(ctx, q, dataset, table)
	if err != nil || last == nil || len(last.KeyColumns) == 0 {
		return err
	}
	now := pairs.AllNow(last.KeyColumns)
	if _, err := q.Exec(ctx, "update sf_ingest.published_table set key_columns = $3 where dataset = $1 and table_name = $2", dataset, table, now); err != nil {
		return fmt.Errorf("rename the key of the ledger of %s: %w", table, err)
	}
	return nil
}
