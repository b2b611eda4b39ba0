package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

const revisionsOfSQL = selectEntries + `
where dataset = $1 and as_of = $2
order by known_at, snapshot collate "C", revision`

// RevisionsOf returns every revision of an as_of, in the order in which they became known.
func RevisionsOf(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) ([]Entry, error) {
	return entries(ctx, q, revisionsOfSQL, dataset, asOf)
}

// RolledBack returns the moments at which an as_of was rolled back, each with the moment
// whose state was made current again by it.
func RolledBack(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) (map[time.Time]time.Time, error) {
	rows, err := q.Query(ctx, `
select known_at, restored from sf_snapshot.restatement where dataset = $1 and as_of = $2 and restored is not null`, dataset, asOf)
	if err != nil {
		return nil, fmt.Errorf("read what was rolled back: %w", err)
	}
	back := map[time.Time]time.Time{}
	var at, restored time.Time
	_, err = pgx.ForEachRow(rows, []any{&at, &restored}, func() error {
		back[at] = restored
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was rolled back: %w", err)
	}
	return back, nil
}
