// Package footprint tells whether tables are as they were left. How one lies on the disk, its
// oid, file node and size, costs nothing to look at: a table that was dropped and made anew,
// truncated or restored has another footprint. Rows that are deleted and not yet vacuumed away,
// or edited in place, leave it as it is: those show in one scan, which counts the rows and looks
// at the transactions that wrote them. A footprint is recorded with the transaction that
// left it, and a row of a later one was written since. PostgreSQL 16 and newer
// make a table longer in advance, and a vacuum cuts off what stayed empty: that is another
// footprint as well.
package footprint

import (
	"context"
	"fmt"
	"strconv"
	"strings"

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

// Left returns the footprint of each table as it is to be recorded, with the transaction that
// leaves them. What one writes to a table yet that began earlier, and could only where nobody
// holds the table's lock, is not told from what stood there. What a sub-transaction wrote, as of
// a trigger's function, is taken for written since; left once more, it is not.
func Left(ctx context.Context, q postgres.Querier, tables ...relation.Relation) ([]string, error) {
	found, err := Of(ctx, q, tables...)
	if err != nil {
		return nil, err
	}
	var by string
	if err := q.QueryRow(ctx, "select pg_catalog.pg_current_xact_id()::text").Scan(&by); err != nil {
		return nil, fmt.Errorf("look for the transaction: %w", err)
	}
	for i, f := range found {
		if f != "" {
			found[i] = f + leftBy + by
		}
	}
	return found, nil
}

// leftBy stands before the transaction that left a table as it is recorded.
const leftBy = "@"

// Same says whether a table lies as it is recorded. found is of [Of].
func Same(recorded, found string) bool {
	disk, _, _ := strings.Cut(recorded, leftBy)
	return disk == found
}

// Moved is what is recorded of a table that lies otherwise by now and holds the rows that it
// held: found, since the same transaction.
func Moved(recorded, found string) string {
	if _, by, ok := strings.Cut(recorded, leftBy); ok && found != "" {
		return found + leftBy + by
	}
	return found
}

const countSQL = `
select count(*),
       coalesce(min(pg_catalog.age(xmin)) < pg_catalog.age($1::text::xid), false)
       and pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::numeric - $2::text::numeric < 2147483648
  from `

// Count counts the rows of a table, and says whether any of them was written since its
// footprint was recorded; that nobody knows of a record without a transaction, as older
// versions left it, or after two billion others.
func Count(ctx context.Context, q postgres.Querier, table relation.Relation, recorded string) (rows int64, written bool, err error) {
	_, by, known := strings.Cut(recorded, leftBy)
	left, err := strconv.ParseUint(by, 10, 64)
	known = known && err == nil
	// A row has the lower half of its transaction's number, of which the first three are none.
	short := max(left&0xffffffff, 3)
	err = q.QueryRow(ctx, countSQL+table.SQL(), pgx.QueryExecModeExec, strconv.FormatUint(short, 10), strconv.FormatUint(left, 10)).Scan(&rows, &written)
	if err != nil {
		return 0, false, fmt.Errorf("count %s: %w", table, err)
	}
	return rows, written && known, nil
}
