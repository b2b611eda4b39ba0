package store

import (
	"context"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
)

const knowSQL = `
insert into sf_snapshot.known (dataset, known_at) values ($1, clock_timestamp())
on conflict (dataset) do update set known_at = greatest(clock_timestamp(), known.known_at + interval '1 microsecond')
returning known_at`

// Know moves the dataset's clock and returns what it shows: later than at any stamp
// before, also where the server's clock was set back. The row stays locked until the
// transaction ends, so that who gets an earlier time commits earlier: it comes last.
func Know(ctx context.Context, q postgres.Querier, dataset string) (at time.Time, err error) {
	if err := q.QueryRow(ctx, knowSQL, dataset).Scan(&at); err != nil {
		return at, fmt.Errorf("move the clock of %s: %w", dataset, err)
	}
	return at, nil
}
