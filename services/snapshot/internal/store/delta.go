package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Delta are the rows of an incremental extract, as they were delivered.
type Delta struct {
	// Snapshot is the one that carries every column of the table.
	Snapshot string
	AsOf     time.Time
	Batch    string
	Relation relation.Relation
	Rows     int64
}

const deltasSQL = `
select snapshot, as_of, batch, relation_schema, relation_name, rows
  from sf_snapshot.delta where dataset = $1 and as_of = $2
 order by snapshot collate "C"`

// Deltas returns what is kept of an as_of, by snapshot.
func Deltas(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) ([]Delta, error) {
	rows, err := q.Query(ctx, deltasSQL, dataset, asOf)
	if err != nil {
		return nil, fmt.Errorf("read what was delivered: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanDelta)
	if err != nil {
		return nil, fmt.Errorf("read what was delivered: %w", err)
	}
	return all, nil
}

const keepDeltaSQL = `
insert into sf_snapshot.delta (dataset, snapshot, as_of, batch, relation_schema, relation_name, rows)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (dataset, snapshot, as_of) do update
   set batch = excluded.batch, relation_schema = excluded.relation_schema, relation_name = excluded.relation_name, rows = excluded.rows`

// KeepDelta records where the rows are.
func KeepDelta(ctx context.Context, q postgres.Querier, dataset string, d Delta) error {
	_, err := q.Exec(ctx, keepDeltaSQL, dataset, d.Snapshot, d.AsOf, d.Batch, d.Relation.Schema, d.Relation.Name, d.Rows)
	if err != nil {
		return fmt.Errorf("record what was delivered for %s: %w", d.Snapshot, err)
	}
	return nil
}

const preparedDeltaSQL = `
update sf_snapshot.prepared set delta_schema = $4, delta_name = $5, delta_rows = $6
 where dataset = $1 and batch = $2 and snapshot = $3`

// PrepareDelta records beside what is prepared where the delivered rows are; without a
// relation, that they are not there any more.
func PrepareDelta(ctx context.Context, q postgres.Querier, p Prepared) error {
	schema, name := names(p.Delta)
	var rows *int64
	if p.Delta != nil {
		rows = &p.DeltaRows
	}
	if _, err := q.Exec(ctx, preparedDeltaSQL, p.Dataset, p.Batch, p.Snapshot, schema, name, rows); err != nil {
		return fmt.Errorf("record what was delivered for %s: %w", p.Snapshot, err)
	}
	return nil
}
