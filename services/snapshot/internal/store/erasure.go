package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/redact"
)

// Erasure is what an erase took out of one revision.
type Erasure struct {
	Dataset  string
	Snapshot string
	AsOf     time.Time
	Revision int32
	Run      string
	ErasedAt time.Time
	// RequestedBy asked for it; Reason says why.
	RequestedBy string
	Reason      string
	RowsBefore  int64
	HashBefore  string
	RowsAfter   int64
	HashAfter   string
}

const (
	addErasureSQL = `
insert into sf_snapshot.erasure (dataset, snapshot, as_of, revision, run, requested_by, reason, rows_before, hash_before, rows_after, hash_after)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	eraseEntrySQL = `
update sf_snapshot.catalog set rows = $5, content_hash = $6 where dataset = $1 and snapshot = $2 and as_of = $3 and revision = $4`
	eraseBaseSQL = `
update sf_snapshot.base set base_hash = $6
 where dataset = $1 and base_snapshot = $2 and base_as_of = $3 and base_revision = $4 and base_hash = $5`
)

// Erase records what an erase took out of a revision, has the catalog tell what is left, and
// what was laid over the revision stand on that.
func Erase(ctx context.Context, q postgres.Querier, e Erasure) error {
	key := []any{e.Dataset, e.Snapshot, e.AsOf, e.Revision}
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{addErasureSQL, append(key[:4:4], e.Run, e.RequestedBy, e.Reason, e.RowsBefore, e.HashBefore, e.RowsAfter, e.HashAfter)},
		{eraseEntrySQL, append(key[:4:4], e.RowsAfter, e.HashAfter)},
		{eraseBaseSQL, append(key[:4:4], e.HashBefore, e.HashAfter)},
	} {
		if _, err := q.Exec(ctx, s.sql, s.args...); err != nil {
			return fmt.Errorf("record what was erased from revision %d of %s: %w", e.Revision, e.Snapshot, err)
		}
	}
	return nil
}

const erasuresSQL = `
select dataset, snapshot, as_of, revision, run, erased_at, requested_by, reason, rows_before, hash_before, rows_after, hash_after
  from sf_snapshot.erasure where dataset = $1 order by erased_at, snapshot collate "C", as_of, revision`

// Erasures returns what was erased of a dataset, the oldest first.
func Erasures(ctx context.Context, q postgres.Querier, dataset string) ([]Erasure, error) {
	rows, err := q.Query(ctx, erasuresSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("read what was erased: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Erasure])
	if err != nil {
		return nil, fmt.Errorf("read what was erased: %w", err)
	}
	return all, nil
}

// ErasedBy returns what is recorded of a run's erase; nil where nothing is.
func ErasedBy(ctx context.Context, q postgres.Querier, run string) (detail []byte, err error) {
	err = q.QueryRow(ctx, "select detail from sf_snapshot.erase_run where run = $1", run).Scan(&detail)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what %s erased: %w", run, err)
	}
	return detail, nil
}

// EraseRunsSince names the runs that erased keys of a dataset after a moment, the first one
// first.
func EraseRunsSince(ctx context.Context, q postgres.Querier, dataset string, moment time.Time) ([]string, error) {
	rows, err := q.Query(ctx, "select run from sf_snapshot.erase_run where dataset = $1 and at > $2 order by at, run", dataset, moment)
	if err != nil {
		return nil, fmt.Errorf("look for erases of %s: %w", dataset, err)
	}
	runs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for erases of %s: %w", dataset, err)
	}
	return runs, nil
}

// RecordErase records what a run's erase came to.
func RecordErase(ctx context.Context, q postgres.Querier, run, dataset string, detail []byte) error {
	if _, err := q.Exec(ctx, "insert into sf_snapshot.erase_run (run, dataset, detail) values ($1, $2, $3)", run, dataset, string(detail)); err != nil {
		return fmt.Errorf("record what %s erased: %w", run, err)
	}
	return nil
}

// LockForErase keeps everybody from stamping, and from building training sets, until the
// transaction ends.
func LockForErase(ctx context.Context, q postgres.Querier, dataset string) error {
	if _, err := q.Exec(ctx, "select from sf_snapshot.known where dataset = $1 for update", dataset); err != nil {
		return fmt.Errorf("lock the clock of %s: %w", dataset, err)
	}
	return nil
}

const allRevisionsSQL = selectEntries + `
where dataset = $1 order by as_of desc, snapshot collate "C", revision desc`

// AllRevisions returns every entry of a dataset, superseded ones as well, newest as_of first.
func AllRevisions(ctx context.Context, q postgres.Querier, dataset string) ([]Entry, error) {
	return entries(ctx, q, allRevisionsSQL, dataset)
}

const allDeltasSQL = `
select snapshot, as_of, batch, relation_schema, relation_name, rows
  from sf_snapshot.delta where dataset = $1 order by as_of desc, snapshot collate "C"`

// AllDeltas returns all that is kept of incremental extracts of a dataset.
func AllDeltas(ctx context.Context, q postgres.Querier, dataset string) ([]Delta, error) {
	rows, err := q.Query(ctx, allDeltasSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("read what was delivered: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanDelta)
	if err != nil {
		return nil, fmt.Errorf("read what was delivered: %w", err)
	}
	return all, nil
}

func scanDelta(row pgx.CollectableRow) (d Delta, err error) {
	return d, row.Scan(&d.Snapshot, &d.AsOf, &d.Batch, &d.Relation.Schema, &d.Relation.Name, &d.Rows)
}

// EraseRestated takes keys out of the first rows of what was restated of a dataset, or only
// counts them. Names of snapshots stand for their tables in keys.
func EraseRestated(ctx context.Context, q postgres.Querier, dataset string, keys *redact.Keys, look bool) (n int64, err error) {
	failed := func(err error) (int64, error) { return 0, fmt.Errorf("erase from restatements: %w", err) }
	rows, err := q.Query(ctx, "select as_of, batch, snapshots from sf_snapshot.restatement where dataset = $1 order by as_of, batch", dataset)
	if err != nil {
		return failed(err)
	}
	type restatement struct {
		AsOf      time.Time
		Batch     string
		Snapshots []byte
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[restatement])
	if err != nil {
		return failed(err)
	}
	for _, r := range all {
		var snapshots []Restated
		if err := json.Unmarshal(r.Snapshots, &snapshots); err != nil {
			return failed(err)
		}
		gone := eraseFirst(snapshots, keys)
		if n += gone; gone == 0 || look {
			continue
		}
		text, err := json.Marshal(snapshots)
		if err == nil {
			_, err = q.Exec(ctx, "update sf_snapshot.restatement set snapshots = $4 where dataset = $1 and as_of = $2 and batch = $3", dataset, r.AsOf, r.Batch, string(text))
		}
		if err != nil {
			return failed(err)
		}
	}
	return n, nil
}

func eraseFirst(snapshots []Restated, keys *redact.Keys) (n int64) {
	for i, s := range snapshots {
		var stay []RowChange
		for _, row := range s.First {
			if keys.HasRow(s.Snapshot, row.Key, SealedOf(row.Sealed)) {
				n++
			} else {
				stay = append(stay, row)
			}
		}
		snapshots[i].First = stay
	}
	return n
}
