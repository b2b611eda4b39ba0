package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// publishLock is the first key of the advisory lock that publishes of a dataset
// take; the second is the hash of its name. Any constant will do that nobody else
// in the database uses.
const publishLock = 0x5f_1e

// LockWatermark keeps every other publish of the dataset waiting until the
// transaction ends, and returns the as_of that live holds; nothing before the first
// publish, when there is no row to lock yet.
func LockWatermark(ctx context.Context, q postgres.Querier, dataset string) (string, error) {
	if _, err := q.Exec(ctx, "select pg_advisory_xact_lock($1, hashtext($2))", publishLock, dataset); err != nil {
		return "", fmt.Errorf("wait for other publishes of %s: %w", dataset, err)
	}
	return Watermark(ctx, q, dataset)
}

// Watermark returns the as_of that the dataset's live tables hold; nothing before
// the first publish.
func Watermark(ctx context.Context, q postgres.Querier, dataset string) (string, error) {
	var asOf string
	err := q.QueryRow(ctx, "select as_of::text from sf_ingest.watermark where dataset = $1", dataset).Scan(&asOf)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the watermark of %s: %w", dataset, err)
	}
	return asOf, nil
}

// LiveBatch returns the batch whose rows the dataset's live tables hold, and its as_of;
// nothing before the first publish.
func LiveBatch(ctx context.Context, q postgres.Querier, dataset string) (batch, asOf string, err error) {
	err = q.QueryRow(ctx, "select batch, as_of::text from sf_ingest.watermark where dataset = $1", dataset).Scan(&batch, &asOf)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", "", fmt.Errorf("read which batch live holds of %s: %w", dataset, err)
	}
	return batch, asOf, nil
}

// MoveWatermark records that live holds the batch.
func MoveWatermark(ctx context.Context, q postgres.Querier, dataset, asOf, batch string) error {
	_, err := q.Exec(ctx, `
insert into sf_ingest.watermark (dataset, as_of, batch) values ($1, $2::text::date, $3)
on conflict (dataset) do update set as_of = excluded.as_of, batch = excluded.batch, moved_at = now()`,
		dataset, asOf, batch)
	if err != nil {
		return fmt.Errorf("move the watermark of %s to %s: %w", dataset, asOf, err)
	}
	return nil
}
