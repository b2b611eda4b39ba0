// Package store is the service's own bookkeeping: the catalog of what is stamped,
// and what is prepared to be. It decides nothing; each function is one statement, on
// a pool or within the caller's transaction.
package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Entry is a row of the catalog: one immutable state of a snapshot at an as_of.
type Entry struct {
	Dataset        string
	Snapshot       string
	AsOf           time.Time
	Revision       int32
	KnownAt        time.Time
	Rows           int64
	ContentHash    string
	Batch          string
	DatasetVersion string
	Run            string
	Table          relation.Relation
	Partition      relation.Relation
	Columns        []string
	RequestedBy    string
}

const entryColumns = `dataset, snapshot, as_of, revision, known_at, rows, content_hash, batch, dataset_version, run,
	table_schema, table_name, partition_schema, partition_name, columns, requested_by`

func scanEntry(row pgx.CollectableRow) (Entry, error) {
	var e Entry
	err := row.Scan(&e.Dataset, &e.Snapshot, &e.AsOf, &e.Revision, &e.KnownAt, &e.Rows, &e.ContentHash,
		&e.Batch, &e.DatasetVersion, &e.Run, &e.Table.Schema, &e.Table.Name, &e.Partition.Schema, &e.Partition.Name,
		&e.Columns, &e.RequestedBy)
	return e, err
}

// known_at is the time of the transaction, the same for all that it stamps.
const addEntrySQL = `
insert into sf_snapshot.catalog (` + entryColumns + `)
values ($1, $2, $3, $4, now(), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
returning known_at`

// AddEntry writes a current entry and returns it with the time that it became known.
func AddEntry(ctx context.Context, q postgres.Querier, e Entry) (Entry, error) {
	err := q.QueryRow(ctx, addEntrySQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, e.Rows, e.ContentHash, e.Batch,
		e.DatasetVersion, e.Run, e.Table.Schema, e.Table.Name, e.Partition.Schema, e.Partition.Name, e.Columns,
		e.RequestedBy).Scan(&e.KnownAt)
	if err != nil {
		return Entry{}, fmt.Errorf("catalog snapshot %s: %w", e.Snapshot, err)
	}
	return e, nil
}

const currentSQL = `
select ` + entryColumns + `
from sf_snapshot.catalog
where dataset = $1 and as_of = $2 and current
order by snapshot collate "C"`

// Current returns the current entries of an as_of, by name.
func Current(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) ([]Entry, error) {
	rows, err := q.Query(ctx, currentSQL, dataset, asOf)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	return entries, nil
}

const newestSQL = `
select as_of
from sf_snapshot.catalog
where dataset = $1
order by as_of desc
limit 1`

// Newest returns the greatest as_of that is stamped, or false where none is.
func Newest(ctx context.Context, q postgres.Querier, dataset string) (time.Time, bool, error) {
	rows, err := q.Query(ctx, newestSQL, dataset)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read the newest as_of: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read the newest as_of: %w", err)
	}
	if len(found) == 0 {
		return time.Time{}, false, nil
	}
	return found[0], true, nil
}
