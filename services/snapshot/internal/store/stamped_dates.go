package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

const stampedDatesSQL = `
select as_of, array_agg(distinct snapshot) from sf_snapshot.catalog where dataset = $1 group by as_of`

// StampedDates names what was stamped of each as_of of a dataset, whatever became of it
// since: a date that was let go is known to have been there.
func StampedDates(ctx context.Context, q postgres.Querier, dataset string) (map[time.Time][]string, error) {
	rows, err := q.Query(ctx, stampedDatesSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("list the dates that are stamped: %w", err)
	}
	all := map[time.Time][]string{}
	var (
		asOf  time.Time
		names []string
	)
	if _, err := pgx.ForEachRow(rows, []any{&asOf, &names}, func() error { all[asOf] = names; return nil }); err != nil {
		return nil, fmt.Errorf("list the dates that are stamped: %w", err)
	}
	return all, nil
}
