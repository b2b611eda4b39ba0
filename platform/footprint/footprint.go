// Package footprint tells whether tables lie on the disk as they were left: by oid,
// file node and size, which cost nothing to look at. A table that was dropped and made
// anew, truncated, restored or written to by others has another footprint; whoever
// finds one counts the rows. Rows that are deleted and not yet vacuumed away leave the
// size as it is, and are not seen. PostgreSQL 16 and newer make a table longer in
// advance, and a vacuum cuts off what stayed empty: that is another footprint as well.
package footprint

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// A partitioned table has the footprints of all its parts.
const footprintSQL = `
select coalesce((
    select pg_catalog.string_agg(pg_catalog.format('%s:%s:%s', part.oid, pg_catalog.pg_relation_filenode(part.oid),
                                                   pg_catalog.pg_relation_size(part.oid)), ',' order by part.oid)
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral (select c.oid union select t.relid from pg_catalog.pg_partition_tree(c.oid) t) part (oid)
     where n.nspname = r.schema and c.relname = r.name and c.relkind in ('r', 'p')), '')
  from unnest($1::text[], $2::text[]) with ordinality as r (schema, name, place)
 order by r.place`

// Of returns the footprint of each table, in their order; an empty one where there is
// no table of the name. Within a transaction that wrote to them, it is what the
// transaction leaves.
func Of(ctx context.Context, q postgres.Querier, tables ...relation.Relation) ([]string, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	rows, err := q.Query(ctx, footprintSQL, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look at the footprints of tables: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look at the footprints of tables: %w", err)
	}
	return found, nil
}

// Count counts the rows of a table, for a footprint that is another one.
func Count(ctx context.Context, q postgres.Querier, table relation.Relation) (n int64, err error) {
	if err := q.QueryRow(ctx, "select count(*) from "+table.SQL(), pgx.QueryExecModeExec).Scan(&n); err != nil {
		return 0, fmt.Errorf("count %s: %w", table, err)
	}
	return n, nil
}
