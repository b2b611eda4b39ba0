package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// A table that is gone is looked up by name and not by to_regclass, which would want
// it spelled as an identifier.
const withHistorySQL = `
select distinct c.table_schema collate "C" as table_schema, c.table_name collate "C" as table_name
from sf_snapshot.catalog c
join pg_catalog.pg_namespace n on n.nspname = c.partition_schema
join pg_catalog.pg_class p on p.relnamespace = n.oid and p.relname = c.partition_name
where c.dataset = $1
order by 1, 2`

// WithHistory returns the tables that hold history of a dataset, by name: what was
// stamped and is still there, also of snapshots that no version declares any more.
func WithHistory(ctx context.Context, q postgres.Querier, dataset string) ([]relation.Relation, error) {
	rows, err := q.Query(ctx, withHistorySQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("read which snapshots have history: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation.Relation])
	if err != nil {
		return nil, fmt.Errorf("read which snapshots have history: %w", err)
	}
	return tables, nil
}
