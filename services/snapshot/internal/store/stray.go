package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

const tablesSQL = `
select distinct snapshot collate "C" as snapshot, table_schema, table_name
  from sf_snapshot.catalog
 where dataset = $1 and ($2 = '' or snapshot = $2)
 order by 1, 2, 3`

// SnapshotTable is the table in which readers find a snapshot.
type SnapshotTable struct {
	Snapshot string
	Table    relation.Relation
}

// Tables returns the tables of a dataset's snapshots, of one where it is named.
func Tables(ctx context.Context, q postgres.Querier, dataset, snapshot string) ([]SnapshotTable, error) {
	rows, err := q.Query(ctx, tablesSQL, dataset, snapshot)
	if err != nil {
		return nil, fmt.Errorf("read which tables hold snapshots: %w", err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t SnapshotTable, err error) {
		return t, row.Scan(&t.Snapshot, &t.Table.Schema, &t.Table.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("read which tables hold snapshots: %w", err)
	}
	return tables, nil
}

const straysSQL = `
select n.nspname::text, c.relname::text, pg_catalog.pg_get_expr(c.relpartbound, c.oid)
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class p on p.oid = i.inhparent
  join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where pn.nspname = $1 and p.relname = $2 and not i.inhdetachpending
   and not exists (select from sf_snapshot.catalog e where e.current and e.partition_schema = n.nspname and e.partition_name = c.relname)
   and not exists (select from sf_snapshot.kept k where k.relation_schema = n.nspname and k.relation_name = c.relname)
   and not exists (select from sf_snapshot.delta d where d.relation_schema = n.nspname and d.relation_name = c.relname)
 order by c.relname collate "C"`

// Stray is a partition that the catalog does not know, and what it is for.
type Stray struct {
	Partition relation.Relation
	Bound     string
}

// Strays returns the partitions of a table that hold no revision of the catalog.
func Strays(ctx context.Context, q postgres.Querier, table relation.Relation) ([]Stray, error) {
	rows, err := q.Query(ctx, straysSQL, table.Schema, table.Name)
	if err != nil {
		return nil, fmt.Errorf("read the partitions of %s: %w", table, err)
	}
	strays, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Stray, err error) {
		return s, row.Scan(&s.Partition.Schema, &s.Partition.Name, &s.Bound)
	})
	if err != nil {
		return nil, fmt.Errorf("read the partitions of %s: %w", table, err)
	}
	return strays, nil
}
