package store

import (
	"context"
	"fmt"
	"time"

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

// Last is what history holds of an as_of.
type Last struct {
	// Batch is the one whose content it is; empty where nothing was stamped, or was by a
	// version that did not record it.
	Batch string
	// Never says that no snapshot of the dataset ever was stamped for the as_of.
	Never bool
}

const lastStampedSQL = `
select coalesce((select batch from sf_snapshot.stamped where dataset = $1 and as_of = $2), ''),
       not exists (select from sf_snapshot.catalog where dataset = $1 and as_of = $2)`

// LastStamped returns what history holds of an as_of.
func LastStamped(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) (last Last, err error) {
	if err = q.QueryRow(ctx, lastStampedSQL, dataset, asOf).Scan(&last.Batch, &last.Never); err != nil {
		return Last{}, fmt.Errorf("read what was stamped last: %w", err)
	}
	return last, nil
}
