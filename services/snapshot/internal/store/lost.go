package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

const lostSQL = `
select not exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                    where n.nspname = r.schema and c.relname = r.name)
  from unnest($1::text[], $2::text[]) with ordinality as r (schema, name, place)
 order by r.place`

// Lost says of entries whether there is no relation of their rows any more, although retention
// did not drop them. It reads no rows: those that are wrong, or were deleted, are there.
func Lost(ctx context.Context, q postgres.Querier, entries []Entry) ([]bool, error) {
	schemas, names := make([]string, len(entries)), make([]string, len(entries))
	for i, e := range entries {
		schemas[i], names[i] = e.Relation.Schema, e.Relation.Name
	}
	rows, err := q.Query(ctx, lostSQL, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look whether the rows of snapshots are there: %w", err)
	}
	lost, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return nil, fmt.Errorf("look whether the rows of snapshots are there: %w", err)
	}
	for i, e := range entries {
		lost[i] = lost[i] && e.DroppedAt == nil
	}
	return lost, nil
}

const lostDatesSQL = `
select distinct c.as_of::text
  from sf_snapshot.catalog c
 where c.dataset = $1 and c.current and c.snapshot = any ($2::text[])
   and not exists (select from sf_snapshot.dropped d where d.dataset = $1 and d.as_of = c.as_of)
   and not exists (select from pg_catalog.pg_class r join pg_catalog.pg_namespace n on n.oid = r.relnamespace
                    where n.nspname = c.partition_schema and r.relname = c.partition_name)
 order by 1`

// LostDates returns the as_of dates, YYYY-MM-DD, of which one of the declared snapshots has no
// relation any more, although retention did not drop it.
func LostDates(ctx context.Context, q postgres.Querier, dataset string, declared []string) ([]string, error) {
	rows, err := q.Query(ctx, lostDatesSQL, dataset, declared)
	if err != nil {
		return nil, fmt.Errorf("look for dates whose rows are gone: %w", err)
	}
	dates, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for dates whose rows are gone: %w", err)
	}
	return dates, nil
}
