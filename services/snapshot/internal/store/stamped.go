package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

const stampedBySQL = `
insert into sf_snapshot.stamped (dataset, as_of, batch) values ($1, $2, $3)
on conflict (dataset, as_of) do update set batch = excluded.batch, stamped_at = now()
where stamped.batch <> excluded.batch`

// StampedBy records that history holds the content of a batch, whoever brought it first.
func StampedBy(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time, batch string) error {
	if _, err := q.Exec(ctx, stampedBySQL, dataset, asOf, batch); err != nil {
		return fmt.Errorf("record that %s is stamped: %w", batch, err)
	}
	return nil
}

// LastStamped returns the batch whose content history holds of an as_of; empty where
// nothing was stamped.
func LastStamped(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) (batch string, err error) {
	err = q.QueryRow(ctx, "select batch from sf_snapshot.stamped where dataset = $1 and as_of = $2", dataset, asOf).Scan(&batch)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read what was stamped last: %w", err)
	}
	return batch, nil
}
