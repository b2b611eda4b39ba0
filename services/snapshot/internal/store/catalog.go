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
	Dataset  string
	Snapshot string
	AsOf     time.Time
	Revision int32
	KnownAt  time.Time
	// SupersededAt is the KnownAt of the revision that took its place; nil of the current one.
	SupersededAt   *time.Time
	Rows           int64
	ContentHash    string
	Batch          string
	DatasetVersion string
	Run            string
	Table          relation.Relation
	Partition      relation.Relation
	// Relation holds the rows of this revision and of no other: the partition of the current
	// one, a table of its own of each that is superseded.
	Relation    relation.Relation
	Columns     []string
	RequestedBy string
	// Reason says why it superseded the revision before it; empty where there was none.
	Reason string
	// Restores is the earlier revision whose content it has again; 0 unless a rollback made it.
	Restores int32
	// DroppedAt is when retention dropped its rows; nil where it did not.
	DroppedAt *time.Time
}

// selectEntries begins every query of the catalog; scanEntry reads its columns. An entry's
// columns are read by the names that they have now.
const selectEntries = `
select dataset, snapshot, as_of, revision, known_at, superseded_at, rows, content_hash, batch, dataset_version, catalog.run,
       table_schema, table_name, partition_schema, partition_name,
       coalesce(relation_schema, partition_schema), coalesce(relation_name, partition_name),
       coalesce(called.columns, catalog.columns), catalog.requested_by, reason, coalesce(restores, 0), dropped_at
  from sf_snapshot.catalog
  left join sf_snapshot.kept using (dataset, snapshot, as_of, revision)
  left join sf_snapshot.called using (dataset, snapshot, as_of, revision)
  left join sf_snapshot.dropped using (dataset, as_of)`

func scanEntry(row pgx.CollectableRow) (Entry, error) {
	var e Entry
	err := row.Scan(&e.Dataset, &e.Snapshot, &e.AsOf, &e.Revision, &e.KnownAt, &e.SupersededAt, &e.Rows, &e.ContentHash,
		&e.Batch, &e.DatasetVersion, &e.Run, &e.Table.Schema, &e.Table.Name, &e.Partition.Schema, &e.Partition.Name,
		&e.Relation.Schema, &e.Relation.Name, &e.Columns, &e.RequestedBy, &e.Reason, &e.Restores, &e.DroppedAt)
	return e, err
}

const addEntrySQL = `
insert into sf_snapshot.catalog (dataset, snapshot, as_of, revision, known_at, rows, content_hash, batch, dataset_version, run,
    table_schema, table_name, partition_schema, partition_name, columns, requested_by, reason, restores)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, nullif($18, 0))`

// AddEntry writes a current entry, which becomes known at its KnownAt.
func AddEntry(ctx context.Context, q postgres.Querier, e Entry) error {
	_, err := q.Exec(ctx, addEntrySQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, e.KnownAt, e.Rows, e.ContentHash, e.Batch,
		e.DatasetVersion, e.Run, e.Table.Schema, e.Table.Name, e.Partition.Schema, e.Partition.Name, e.Columns,
		e.RequestedBy, e.Reason, e.Restores)
	if err != nil {
		return fmt.Errorf("catalog snapshot %s: %w", e.Snapshot, err)
	}
	return nil
}

const currentSQL = selectEntries + `
where dataset = $1 and as_of = $2 and current
order by snapshot collate "C"`

// entries reads those of a query that begins with selectEntries.
func entries(ctx context.Context, q postgres.Querier, sql string, args ...any) ([]Entry, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	return all, nil
}

// Current returns the current entries of an as_of, by name.
func Current(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) ([]Entry, error) {
	return entries(ctx, q, currentSQL, dataset, asOf)
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
