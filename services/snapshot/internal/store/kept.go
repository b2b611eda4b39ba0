package store

import (
	"context"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

const supersedeSQL = `
update sf_snapshot.catalog set current = false, superseded_at = $5
where dataset = $1 and snapshot = $2 and as_of = $3 and revision = $4 and current`

// Supersede makes an entry one of the past, from the moment at which the next revision
// becomes known.
func Supersede(ctx context.Context, q postgres.Querier, e Entry, at time.Time) error {
	tag, err := q.Exec(ctx, supersedeSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, at)
	if err == nil && tag.RowsAffected() != 1 {
		err = fmt.Errorf("expected it to be current, and it is not")
	}
	if err != nil {
		return fmt.Errorf("supersede revision %d of %s: %w", e.Revision, e.Snapshot, err)
	}
	return nil
}

const keepSQL = `
insert into sf_snapshot.kept (dataset, snapshot, as_of, revision, relation_schema, relation_name)
values ($1, $2, $3, $4, $5, $6)`

// Keep records the table that holds the rows of an entry from now on.
func Keep(ctx context.Context, q postgres.Querier, e Entry, r relation.Relation) error {
	if _, err := q.Exec(ctx, keepSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision, r.Schema, r.Name); err != nil {
		return fmt.Errorf("record that %s keeps revision %d of %s: %w", r, e.Revision, e.Snapshot, err)
	}
	return nil
}
