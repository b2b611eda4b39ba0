package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
)

// Renamed is the ledger of what was renamed in snapshot tables.
const Renamed renamed.Ledger = "sf_snapshot.renamed"

const calledSQL = `
select distinct coalesce(k.columns, e.columns)
  from sf_snapshot.catalog e
  left join sf_snapshot.called k using (dataset, snapshot, as_of, revision)
 where e.dataset = $1 and e.table_schema = $2 and e.table_name = $3
 order by 1`

const callSQL = `
with new as (
    select array(select c.name from pg_catalog.jsonb_array_elements_text(o.pair -> 0) with ordinality as c (name, place) order by c.place) as old,
           array(select c.name from pg_catalog.jsonb_array_elements_text(o.pair -> 1) with ordinality as c (name, place) order by c.place) as columns
      from pg_catalog.jsonb_array_elements($4::text::jsonb) as o (pair))
insert into sf_snapshot.called (dataset, snapshot, as_of, revision, columns)
select e.dataset, e.snapshot, e.as_of, e.revision, new.columns
  from sf_snapshot.catalog e
  left join sf_snapshot.called k using (dataset, snapshot, as_of, revision)
  join new on new.old = coalesce(k.columns, e.columns)
 where e.dataset = $1 and e.table_schema = $2 and e.table_name = $3
on conflict (dataset, snapshot, as_of, revision) do update set columns = excluded.columns`

// Call records what the columns of all entries of a table are called from now on. Of an
// entry that has the names of after the renames already, nothing is renamed: they were
// taken back before they came to it.
func Call(ctx context.Context, q postgres.Querier, dataset string, table relation.Relation, renames rename.Pairs) error {
	failed := func(err error) error { return fmt.Errorf("record what the columns of %s are called: %w", table, err) }
	rows, err := q.Query(ctx, calledSQL, pgx.QueryExecModeExec, dataset, table.Schema, table.Name)
	if err != nil {
		return failed(err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[[]string])
	if err != nil {
		return failed(err)
	}
	var changed [][2][]string
	for _, columns := range known {
		if open, _ := renames.Among(columns); len(open) > 0 {
			changed = append(changed, [2][]string{columns, open.AllNow(columns)})
		}
	}
	if len(changed) == 0 {
		return nil
	}
	pairs, err := json.Marshal(changed)
	if err != nil {
		return failed(err)
	}
	if _, err := q.Exec(ctx, callSQL, pgx.QueryExecModeExec, dataset, table.Schema, table.Name, string(pairs)); err != nil {
		return failed(err)
	}
	return nil
}

const looseSQL = `
select distinct n.nspname::text, c.relname::text
  from sf_snapshot.catalog e
  left join sf_snapshot.kept k using (dataset, snapshot, as_of, revision)
  join pg_catalog.pg_namespace n on n.nspname in (e.partition_schema, k.relation_schema)
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
   and (n.nspname = e.partition_schema and c.relname = e.partition_name or n.nspname = k.relation_schema and c.relname = k.relation_name)
 where e.dataset = $1 and e.table_schema = $2 and e.table_name = $3
   and pg_catalog.pg_has_role(c.relowner, 'usage')
   and not exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
 order by 1, 2`

// Loose returns the partitions of a table's entries, of superseded ones too, that are there
// and are not attached to any table.
func Loose(ctx context.Context, q postgres.Querier, dataset string, table relation.Relation) ([]relation.Relation, error) {
	rows, err := q.Query(ctx, looseSQL, dataset, table.Schema, table.Name)
	if err != nil {
		return nil, fmt.Errorf("look for partitions that were detached from %s: %w", table, err)
	}
	loose, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation.Relation])
	if err != nil {
		return nil, fmt.Errorf("look for partitions that were detached from %s: %w", table, err)
	}
	return loose, nil
}
