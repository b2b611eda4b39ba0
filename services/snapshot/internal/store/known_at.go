package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

const knownAtSQL = selectEntries + `
where dataset = $1 and as_of = $2 and ($3::timestamptz is null or known_at <= $3)
order by snapshot collate "C", revision desc`

// KnownAt returns what was known of an as_of at a moment, by snapshot: of each the newest
// revision until then. Without a moment it is what is known now.
func KnownAt(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time, moment *time.Time) (map[string]Entry, error) {
	rows, err := q.Query(ctx, knownAtSQL, dataset, asOf, moment)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	known := map[string]Entry{}
	for _, e := range entries {
		if _, ok := known[e.Snapshot]; !ok {
			known[e.Snapshot] = e
		}
	}
	return known, nil
}
