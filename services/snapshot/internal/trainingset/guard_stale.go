package trainingset

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// stale are the current revisions of a set that stand on a state which was known, at its
// cut-off, to be another: they are not what they would be if they were made again.
func stale(ctx context.Context, q postgres.Querier, m *Manifest, joins []Join) (findings, error) {
	known, err := store.StaleOf(ctx, q, m.Dataset)
	if err != nil || len(known) == 0 {
		return nil, err
	}
	var fs findings
	for _, p := range pins(joins) {
		why, ok := known[store.StaleKey{Snapshot: p.Snapshot, AsOf: p.AsOf.Format(time.DateOnly)}]
		if !ok || p.Revision != why.Revision || why.Since.After(m.KnownAt) {
			continue
		}
		fs.add(problem.SnapshotStale, p.Snapshot, "expected %s as of %s to stand on what is known, found that it %s", p.Snapshot, day(p.AsOf), why.Found())
	}
	return fs, nil
}
