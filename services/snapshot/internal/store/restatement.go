package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Restated is what superseding a revision of one snapshot changes.
type Restated struct {
	Snapshot string `json:"snapshot"`
	// Revision is the one that is made, Supersedes the one before it.
	Revision   int32 `json:"revision"`
	Supersedes int32 `json:"supersedes"`
	// Rows of the new revision; Added, Removed and Changed compare it with the one before.
	Rows    int64 `json:"rows"`
	Added   int64 `json:"added"`
	Removed int64 `json:"removed"`
	Changed int64 `json:"changed"`
	// Columns that differ in changed rows, in the order of the snapshot.
	Columns []ColumnChange `json:"columns,omitempty"`
	// First are the first rows that differ, by key.
	First []RowChange `json:"first,omitempty"`
	// Found says in words what stood in place of the superseded rows; empty where they did.
	Found string `json:"found,omitempty"`
	// Restores is the earlier revision whose content the new one has again; 0 unless a
	// rollback makes it.
	Restores int32 `json:"restores,omitempty"`
}

// ColumnChange says in how many of the changed rows a column differs.
type ColumnChange struct {
	Column string `json:"column"`
	Rows   int64  `json:"rows"`
}

// RowChange is one row that differs: its key, how (added, removed or changed), and in
// which columns.
type RowChange struct {
	Key     []string `json:"key"`
	Change  string   `json:"change"`
	Columns []string `json:"columns,omitempty"`
	// Sealed is the message streamflow.step.v1.SealedValues of the key's personal values.
	Sealed []byte `json:"sealed,omitempty"`
}

// Restatement is what a batch changed in the history of an as_of, who wanted it, and why.
type Restatement struct {
	Dataset     string
	AsOf        time.Time
	Batch       string
	KnownAt     time.Time
	Run         string
	RequestedBy string
	Reason      string
	Snapshots   []Restated
	// BuiltOn are the newest training sets that hold a revision which it superseded, and
	// BuiltOnCount is how many do. They are read and not written: sets are built later too.
	BuiltOn      []BuiltOn
	BuiltOnCount int64
	// LaidOver are the dates, YYYY-MM-DD, whose incremental extracts were laid over a revision
	// that it superseded.
	LaidOver []string
	// Restored is the moment whose state a rollback made current again; nil of a delivery.
	Restored *time.Time
}

const restateSQL = `
insert into sf_snapshot.restatement (dataset, as_of, batch, known_at, run, requested_by, reason, snapshots, restored)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// AddRestatement records a restatement.
func AddRestatement(ctx context.Context, q postgres.Querier, r Restatement) error {
	snapshots, err := json.Marshal(r.Snapshots)
	if err == nil {
		_, err = q.Exec(ctx, restateSQL, r.Dataset, r.AsOf, r.Batch, r.KnownAt, r.Run, r.RequestedBy, r.Reason, string(snapshots), r.Restored)
	}
	if err != nil {
		return fmt.Errorf("record what %s restated: %w", r.Batch, err)
	}
	return nil
}

// RestatedBy returns what a batch changed in the history of an as_of, by snapshot.
func RestatedBy(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time, batch string) (map[string]Restated, error) {
	var snapshots []byte
	err := q.QueryRow(ctx, "select snapshots from sf_snapshot.restatement where dataset = $1 and as_of = $2 and batch = $3",
		dataset, asOf, batch).Scan(&snapshots)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // it restated nothing
	}
	var all []Restated
	if err == nil {
		err = json.Unmarshal(snapshots, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read what %s restated: %w", batch, err)
	}
	bySnapshot := make(map[string]Restated, len(all))
	for _, r := range all {
		bySnapshot[r.Snapshot] = r
	}
	return bySnapshot, nil
}

// RestatementPage asks for part of a dataset's restatements, the newest first.
type RestatementPage struct {
	Dataset string
	// AsOf keeps only those of this as_of, YYYY-MM-DD; empty keeps all.
	AsOf string
	// Before keeps only those that became known before; nil begins at the newest.
	Before *time.Time
	Limit  int
}

const listRestatementsSQL = `
select dataset, as_of, batch, known_at, run, requested_by, reason, snapshots
  from sf_snapshot.restatement
 where dataset = $1 and ($2 = '' or as_of = nullif($2, '')::date) and ($3::timestamptz is null or known_at < $3)
 order by known_at desc
 limit $4`

// Restatements returns one page of what runs changed in history. Two of one dataset never
// became known at the same moment.
func Restatements(ctx context.Context, q postgres.Querier, p RestatementPage) ([]Restatement, error) {
	rows, err := q.Query(ctx, listRestatementsSQL, p.Dataset, p.AsOf, p.Before, p.Limit)
	if err != nil {
		return nil, fmt.Errorf("list the restatements: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Restatement, err error) {
		var snapshots []byte
		err = row.Scan(&r.Dataset, &r.AsOf, &r.Batch, &r.KnownAt, &r.Run, &r.RequestedBy, &r.Reason, &snapshots)
		if err == nil {
			err = json.Unmarshal(snapshots, &r.Snapshots)
		}
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("list the restatements: %w", err)
	}
	return all, addBuiltOn(ctx, q, p.Dataset, all)
}
