package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Extent is how far it is known which keys of a live table its as_of brought.
type Extent string

// The extents, as they are stored.
const (
	// Whole: all of them, since that as_of made the table.
	Whole Extent = "WHOLE"
	// Listed: those that are listed, and no others.
	Listed Extent = "LISTED"
	// Unknown: the as_of was first published before this was recorded.
	Unknown Extent = "UNKNOWN"
)

// Brought says of a live table which of its keys came with the as_of that it holds.
type Brought struct {
	// AsOf is YYYY-MM-DD.
	AsOf   string
	Extent Extent
	// KeyColumns are those of the keys that are listed.
	KeyColumns []string
}

// BroughtInto returns what is recorded of a table; nil where nothing is.
func BroughtInto(ctx context.Context, q postgres.Querier, dataset, table string) (*Brought, error) {
	rows, err := q.Query(ctx, `
select as_of::text, extent, key_columns from sf_ingest.brought_table where dataset = $1 and table_name = $2`, dataset, table)
	if err != nil {
		return nil, fmt.Errorf("read what was brought into %s: %w", table, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Brought, error) {
		b := &Brought{}
		return b, row.Scan(&b.AsOf, &b.Extent, &b.KeyColumns)
	})
	if err != nil {
		return nil, fmt.Errorf("read what was brought into %s: %w", table, err)
	}
	if len(found) == 0 {
		return nil, nil //nolint:nilnil // nothing is recorded
	}
	return found[0], nil
}

// RecordBrought records to which as_of the keys of a table that are listed belong.
func RecordBrought(ctx context.Context, q postgres.Querier, dataset, table string, b Brought) error {
	_, err := q.Exec(ctx, `
insert into sf_ingest.brought_table (dataset, table_name, as_of, extent, key_columns) values ($1, $2, $3::text::date, $4, $5)
on conflict (dataset, table_name) do update
   set as_of = excluded.as_of, extent = excluded.extent, key_columns = excluded.key_columns
 where (brought_table.as_of, brought_table.extent, brought_table.key_columns) is distinct from (excluded.as_of, excluded.extent, excluded.key_columns)`,
		dataset, table, b.AsOf, b.Extent, b.KeyColumns)
	if err != nil {
		return fmt.Errorf("record what was brought into %s: %w", table, err)
	}
	return nil
}

// ForgetBrought empties the list of a table.
func ForgetBrought(ctx context.Context, q postgres.Querier, dataset, table string) error {
	if _, err := q.Exec(ctx, "delete from sf_ingest.brought where dataset = $1 and table_name = $2", dataset, table); err != nil {
		return fmt.Errorf("forget what was brought into %s: %w", table, err)
	}
	return nil
}
