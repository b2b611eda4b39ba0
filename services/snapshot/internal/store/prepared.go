package store

import (
	"context"
	"encoding/json"
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
	// Present says that the filled tables are there.
	Present bool
	// Supersedes is the revision that a stamp will supersede; 0 where it will none.
	Supersedes int32
	// Kept holds the rows of that revision, and Partition those that differ from them; nil
	// where they are not there to be kept, and Partition is filled as any other.
	Kept *relation.Relation
	// KeptXact is a transaction before which all had ended when Kept was copied: rows of theirs
	// that its partition holds are in the copy, as they are. 0 where the copy and what differs
	// from it were not found to add up to what was delivered.
	KeptXact int64
	// Restated is what superseding it changes.
	Restated *Restated
	// Restores is the earlier revision whose content it is; 0 unless a rollback makes it.
	Restores int32
	// Base is what the candidate was laid over; nil of a full extract.
	Base *Base
	// Delta holds the rows that were delivered, so many, of the snapshot that carries every
	// column of an incremental extract; nil of others, and once they are kept.
	Delta     *relation.Relation
	DeltaRows int64
	// Found says in words what was found in place of the rows that a stamp will put back;
	// it is not stored, since Stamp looks for itself.
	Found string
}

// Tables are the tables that were filled.
func (p Prepared) Tables() []relation.Relation {
	var all []relation.Relation
	for _, r := range []*relation.Relation{p.Partition, p.Kept, p.Delta} {
		if r != nil {
			all = append(all, *r)
		}
	}
	return all
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
    and (p.kept_name is null or exists (
            select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = p.kept_schema and c.relname = p.kept_name)),
    coalesce(p.supersedes, 0), p.kept_schema, p.kept_name, coalesce(p.kept_xact, 0), p.restated, coalesce(p.restores, 0),
    p.base, p.delta_schema, p.delta_name, coalesce(p.delta_rows, 0)
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
		p                      Prepared
		schema, name           *string
		keptSchema, keptName   *string
		deltaSchema, deltaName *string
		restated, base         []byte
	)
	err := row.Scan(&p.Dataset, &p.Batch, &p.Snapshot, &p.AsOf, &p.DatasetVersion, &p.Candidate.Schema, &p.Candidate.Name,
		&schema, &name, &p.Rows, &p.ContentHash, &p.Present, &p.Supersedes, &keptSchema, &keptName, &p.KeptXact, &restated, &p.Restores,
		&base, &deltaSchema, &deltaName, &p.DeltaRows)
	p.Partition, p.Kept, p.Delta = named(schema, name), named(keptSchema, keptName), named(deltaSchema, deltaName)
	if err == nil && restated != nil {
		err = json.Unmarshal(restated, &p.Restated)
	}
	if err == nil && base != nil {
		err = json.Unmarshal(base, &p.Base)
	}
	return p, err
}

func named(schema, name *string) *relation.Relation {
	if schema == nil || name == nil {
		return nil
	}
	return &relation.Relation{Schema: *schema, Name: *name}
}

const addPreparedSQL = `
insert into sf_snapshot.prepared (dataset, batch, snapshot, as_of, dataset_version, candidate_schema, candidate_name,
    partition_schema, partition_name, rows, content_hash, supersedes, kept_schema, kept_name, restated, restores,
    base, delta_schema, delta_name, delta_rows, kept_xact)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif($12, 0), $13, $14, $15, nullif($16, 0), $17, $18, $19, nullif($20, 0), nullif($21, 0))`

// AddPrepared records what was prepared.
func AddPrepared(ctx context.Context, q postgres.Querier, p Prepared) error {
	schema, name := names(p.Partition)
	keptSchema, keptName := names(p.Kept)
	deltaSchema, deltaName := names(p.Delta)
	restated, err := encoded(p.Restated)
	if err != nil {
		return fmt.Errorf("encode what %s restates: %w", p.Snapshot, err)
	}
	base, err := encoded(p.Base)
	if err != nil {
		return fmt.Errorf("encode what %s stands on: %w", p.Snapshot, err)
	}
	_, err = q.Exec(ctx, addPreparedSQL, p.Dataset, p.Batch, p.Snapshot, p.AsOf, p.DatasetVersion,
		p.Candidate.Schema, p.Candidate.Name, schema, name, p.Rows, p.ContentHash, p.Supersedes, keptSchema, keptName, restated, p.Restores,
		base, deltaSchema, deltaName, p.DeltaRows, p.KeptXact)
	if err != nil {
		return fmt.Errorf("record that %s is prepared: %w", p.Snapshot, err)
	}
	return nil
}

// encoded is the JSON of what is there; nil of nothing.
func encoded[T any](v *T) (*string, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	b, err := json.Marshal(v)
	text := string(b)
	return &text, err
}

func names(r *relation.Relation) (schema, name *string) {
	if r == nil {
		return nil, nil
	}
	return &r.Schema, &r.Name
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
