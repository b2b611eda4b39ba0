package store

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
)

const revisionsSQL = selectEntries + `
where dataset = $1 and snapshot = any($2) and known_at <= $3
order by snapshot collate "C", as_of desc, known_at desc, revision desc`

// KnownUntil returns every revision of some snapshots of a dataset that was known at a
// moment: by snapshot, newest as_of first, and of one as_of the one that became known last
// first.
func KnownUntil(ctx context.Context, q postgres.Querier, dataset string, snapshots []string, moment time.Time) ([]Entry, error) {
	return entries(ctx, q, revisionsSQL, dataset, snapshots, moment)
}
