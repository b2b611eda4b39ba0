package store

import (
	"context"
	"errors"
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

const lostColumnSQL = `
select exists (select from pg_catalog.pg_attribute dropped
                 join pg_catalog.pg_attribute later on later.attrelid = dropped.attrelid and later.attnum > dropped.attnum and not later.attisdropped
                where dropped.attrelid = c.oid and dropped.attnum > 0 and dropped.attisdropped)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2`

// LostColumn says whether a table lost a column before one that it has, which then may be the
// same one, added again without its values: neither its place on the disk nor its rows' numbers
// tell. False where there is no table of the name.
func LostColumn(ctx context.Context, q postgres.Querier, r relation.Relation) (lost bool, err error) {
	err = q.QueryRow(ctx, lostColumnSQL, r.Schema, r.Name).Scan(&lost)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("look for columns that %s lost: %w", r, err)
	}
	return lost, nil
}

const stampedColumnsSQL = `
select array(
    select name from unnest($3::text[]) with ordinality as asked (name, place)
     where exists (
        select from sf_snapshot.catalog
          left join sf_snapshot.called using (dataset, snapshot, as_of, revision)
          left join sf_snapshot.dropped using (dataset, as_of)
         where table_schema = $1 and table_name = $2 and dropped_at is null and name = any (coalesce(called.columns, catalog.columns)))
     order by place)`

// StampedColumns returns those of a table's columns that a revision in it, which retention did
// not drop, was stamped with.
func StampedColumns(ctx context.Context, q postgres.Querier, table relation.Relation, columns []string) (stamped []string, err error) {
	if err := q.QueryRow(ctx, stampedColumnsSQL, table.Schema, table.Name, columns).Scan(&stamped); err != nil {
		return nil, fmt.Errorf("look what %s was stamped with: %w", table, err)
	}
	return stamped, nil
}
