package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// ColumnsOf returns the columns of a table, in its own order; none where it is not there.
func ColumnsOf(ctx context.Context, q postgres.Querier, r relation.Relation) ([]string, error) {
	rows, err := q.Query(ctx, `
select a.attname::text from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped order by a.attnum`, r.Schema, r.Name)
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", r, err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", r, err)
	}
	return columns, nil
}
