package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Base is the state that an incremental extract of a table was laid over.
type Base struct {
	Table    string `json:"table"`
	Snapshot string `json:"snapshot"`
	// AsOf is YYYY-MM-DD.
	AsOf     string `json:"as_of"`
	Revision int32  `json:"revision"`
	Hash     string `json:"hash"`
}

const beforeSQL = selectEntries + `
where dataset = $1 and snapshot = $2 and as_of < $3 and current
order by as_of desc
limit 1`

// Before returns the current entry of a snapshot of the newest as_of before a date; nil
// where there is none.
func Before(ctx context.Context, q postgres.Querier, dataset, snapshot string, asOf time.Time) (*Entry, error) {
	rows, err := q.Query(ctx, beforeSQL, dataset, snapshot, asOf)
	if err != nil {
		return nil, fmt.Errorf("look for the state of %s before: %w", snapshot, err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("look for the state of %s before: %w", snapshot, err)
	}
	if len(entries) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	return &entries[0], nil
}

const stoodOnSQL = `
select batch from sf_snapshot.base where dataset = $1 and snapshot = $2 and as_of = $3 and revision in ($4, $5)`

// StoodOnBy are the batches by which the content of an entry has stood on a base since it was
// last delivered: its own, and, where a rollback had that content again, that of the revision
// whose it is. None where it stands on none.
func StoodOnBy(ctx context.Context, q postgres.Querier, e Entry) ([]string, error) {
	rows, err := q.Query(ctx, stoodOnSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, e.Restores)
	if err != nil {
		return nil, fmt.Errorf("look for what %s stands on: %w", e.Snapshot, err)
	}
	batches, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for what %s stands on: %w", e.Snapshot, err)
	}
	return batches, nil
}

const baseOfSQL = `
select table_name, base_snapshot, base_as_of::text, base_revision, base_hash from sf_snapshot.base
 where dataset = $1 and snapshot = $2 and as_of = $3 and revision = $4`

// BaseOf is what an entry stands on; nil where it stands alone.
func BaseOf(ctx context.Context, q postgres.Querier, e Entry) (*Base, error) {
	rows, err := q.Query(ctx, baseOfSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision)
	if err != nil {
		return nil, fmt.Errorf("look for what %s stands on: %w", e.Snapshot, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Base])
	if err != nil {
		return nil, fmt.Errorf("look for what %s stands on: %w", e.Snapshot, err)
	}
	if len(found) == 0 {
		return nil, nil //nolint:nilnil // it stands alone
	}
	return &found[0], nil
}

const standSQL = `
insert into sf_snapshot.base (dataset, snapshot, as_of, revision, table_name, base_snapshot, base_as_of, base_revision, base_hash, batch)
values ($1, $2, $3, $4, $5, $6, $7::text::date, $8, $9, $10)
on conflict (dataset, snapshot, as_of, revision) do update
   set table_name = excluded.table_name, base_snapshot = excluded.base_snapshot, base_as_of = excluded.base_as_of,
       base_revision = excluded.base_revision, base_hash = excluded.base_hash, batch = excluded.batch`

// StandOn records what an entry stands on since a batch.
func StandOn(ctx context.Context, q postgres.Querier, e Entry, b Base, batch string) error {
	_, err := q.Exec(ctx, standSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, b.Table, b.Snapshot, b.AsOf, b.Revision, b.Hash, batch)
	if err != nil {
		return fmt.Errorf("record what %s stands on: %w", e.Snapshot, err)
	}
	return nil
}

const standAsSQL = `
insert into sf_snapshot.base (dataset, snapshot, as_of, revision, table_name, base_snapshot, base_as_of, base_revision, base_hash, batch)
select dataset, snapshot, as_of, $4, table_name, base_snapshot, base_as_of, base_revision, base_hash, $6
  from sf_snapshot.base where dataset = $1 and snapshot = $2 and as_of = $3 and revision = $5
on conflict (dataset, snapshot, as_of, revision) do nothing`

// StandAs records that an entry stands on what an earlier revision stood on, whose content it
// has again.
func StandAs(ctx context.Context, q postgres.Querier, e Entry, revision int32, batch string) error {
	if _, err := q.Exec(ctx, standAsSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, revision, batch); err != nil {
		return fmt.Errorf("record what %s stands on: %w", e.Snapshot, err)
	}
	return nil
}

const standAloneSQL = `delete from sf_snapshot.base where dataset = $1 and snapshot = $2 and as_of = $3 and revision = $4`

// StandAlone records that an entry stands on no other.
func StandAlone(ctx context.Context, q postgres.Querier, e Entry) error {
	if _, err := q.Exec(ctx, standAloneSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision); err != nil {
		return fmt.Errorf("record that %s stands alone: %w", e.Snapshot, err)
	}
	return nil
}
