package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Prepared is what Prepare found out about one snapshot of a batch.
type Prepared struct {
	Dataset        string
	Batch          string
	Snapshot       string
	AsOf           time.Time
	DatasetVersion string
	// Candidate is what it was filled from, or compared with.
	Candidate relation.Relation
	// Partition is the filled table; nil where the content was stamped already.
	Partition   *relation.Relation
	Rows        int64
	ContentHash string
	// Present says that the filled table is there.
	Present bool
}

// Unchanged says that the content was stamped already, and nothing was filled.
func (p Prepared) Unchanged() bool { return p.Partition == nil }

// A table that is gone has no oid. It is looked up by name and not by to_regclass,
// which would want it spelled as an identifier.
const preparedSQL = `
select p.dataset, p.batch, p.snapshot, p.as_of, p.dataset_version, p.candidate_schema, p.candidate_name,
    p.partition_schema, p.partition_name, p.rows, p.content_hash,
    exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = p.partition_schema and c.relname = p.partition_name)
from sf_snapshot.prepared p
where p.dataset = $1 and (p.batch = $2) = $3
order by p.batch, p.snapshot`

// PreparedOf returns what is prepared for a batch.
func PreparedOf(ctx context.Context, q postgres.Querier, dataset, batch string) ([]Prepared, error) {
	return prepared(ctx, q, dataset, batch, true)
}

// PreparedByOthers returns what is prepared for every other batch of the dataset.
func PreparedByOthers(ctx context.Context, q postgres.Querier, dataset, batch string) ([]Prepared, error) {
	return prepared(ctx, q, dataset, batch, false)
}

func prepared(ctx context.Context, q postgres.Querier, dataset, batch string, own bool) ([]Prepared, error) {
	rows, err := q.Query(ctx, preparedSQL, dataset, batch, own)
	if err != nil {
		return nil, fmt.Errorf("read what is prepared: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanPrepared)
	if err != nil {
		return nil, fmt.Errorf("read what is prepared: %w", err)
	}
	return all, nil
}

func scanPrepared(row pgx.CollectableRow) (Prepared, error) {
	var (
		p            Prepared
		schema, name *string
	)
	err := row.Scan(&p.Dataset, &p.Batch, &p.Snapshot, &p.AsOf, &p.DatasetVersion, &p.Candidate.Schema, &p.Candidate.Name,
		&schema, &name, &p.Rows, &p.ContentHash, &p.Present)
	if schema != nil && name != nil {
		p.Partition = &relation.Relation{Schema: *schema, Name: *name}
	}
	return p, err
}

const addPreparedSQL = `
insert into sf_snapshot.prepared (dataset, batch, snapshot, as_of, dataset_version, candidate_schema, candidate_name,
    partition_schema, partition_name, rows, content_hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// AddPrepared records what was prepared.
func AddPrepared(ctx context.Context, q postgres.Querier, p Prepared) error {
	var schema, name *string
	if p.Partition != nil {
		schema, name = &p.Partition.Schema, &p.Partition.Name
	}
	_, err := q.Exec(ctx, addPreparedSQL, p.Dataset, p.Batch, p.Snapshot, p.AsOf, p.DatasetVersion,
		p.Candidate.Schema, p.Candidate.Name, schema, name, p.Rows, p.ContentHash)
	if err != nil {
		return fmt.Errorf("record that %s is prepared: %w", p.Snapshot, err)
	}
	return nil
}

const removePreparedSQL = `
delete from sf_snapshot.prepared
where dataset = $1 and batch = $2 and snapshot = $3`

// RemovePrepared removes the record, and leaves the table to the caller.
func RemovePrepared(ctx context.Context, q postgres.Querier, p Prepared) error {
	if _, err := q.Exec(ctx, removePreparedSQL, p.Dataset, p.Batch, p.Snapshot); err != nil {
		return fmt.Errorf("forget that %s is prepared: %w", p.Snapshot, err)
	}
	return nil
}
