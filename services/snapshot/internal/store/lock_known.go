package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

const lockKnownSQL = `select known_at from sf_snapshot.known where dataset = $1 for share`

// LockKnown keeps everybody from stamping until the transaction ends, and returns a moment
// by which all that is known of the dataset is committed: now, or the dataset's clock where
// that is ahead. Who stamps meanwhile becomes known later.
func LockKnown(ctx context.Context, q postgres.Querier, dataset string) (time.Time, error) {
	rows, err := q.Query(ctx, lockKnownSQL, dataset)
	if err != nil {
		return time.Time{}, fmt.Errorf("lock the clock of %s: %w", dataset, err)
	}
	known, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return time.Time{}, fmt.Errorf("lock the clock of %s: %w", dataset, err)
	}
	var now time.Time
	if err := q.QueryRow(ctx, "select clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("ask for the time: %w", err)
	}
	if len(known) > 0 && known[0].After(now) {
		now = known[0]
	}
	return now, nil
}
