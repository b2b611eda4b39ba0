package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// StaleKey names a current entry of a dataset.
type StaleKey struct {
	Snapshot string
	// AsOf is YYYY-MM-DD.
	AsOf string
}

// Key is the name of a current entry among those of its dataset.
func (e Entry) Key() StaleKey {
	return StaleKey{Snapshot: e.Snapshot, AsOf: e.AsOf.Format(time.DateOnly)}
}

// Stale is why a current entry stands on what is not so any more.
type Stale struct {
	// Revision is that of the entry.
	Revision int32
	// Moved says that the state which it was laid over has another content by now; otherwise
	// that one is stale itself.
	Moved bool
	// Base is what it was laid over.
	Base Base
	// NowAsOf and NowRevision are what stands there now; empty where nothing does.
	NowAsOf     string
	NowRevision int32
	// Since is when that became known.
	Since time.Time
}

const staleSQL = `
select snapshot, as_of::text, revision, moved, base_snapshot, base_as_of::text, base_revision, coalesce(now_as_of::text, ''), coalesce(now_revision, 0),
       coalesce(since, 'epoch')
  from sf_snapshot.stale
 where dataset = $1
   and not exists (select from sf_snapshot.dropped d where d.dataset = stale.dataset and d.as_of = stale.as_of)`

// StaleOf returns the current entries of a dataset that stand on what is another by now, or
// on such an entry; none whose rows were dropped, which nobody reads.
func StaleOf(ctx context.Context, q postgres.Querier, dataset string) (map[StaleKey]Stale, error) {
	rows, err := q.Query(ctx, staleSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("look for what is stale: %w", err)
	}
	all := map[StaleKey]Stale{}
	var k StaleKey
	var s Stale
	_, err = pgx.ForEachRow(rows, []any{&k.Snapshot, &k.AsOf, &s.Revision, &s.Moved, &s.Base.Snapshot, &s.Base.AsOf, &s.Base.Revision, &s.NowAsOf, &s.NowRevision, &s.Since},
		func() error {
			all[k] = s
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("look for what is stale: %w", err)
	}
	return all, nil
}

// Found says why, for people.
func (s Stale) Found() string {
	on := fmt.Sprintf("stands on %s as of %s", s.Base.Snapshot, s.Base.AsOf)
	switch {
	case !s.Moved:
		return fmt.Sprintf("stands on %s as of %s, which is stale", s.Base.Snapshot, s.NowAsOf)
	case s.NowAsOf == "":
		return on + ", which is not there any more"
	case s.NowAsOf != s.Base.AsOf:
		return fmt.Sprintf("%s, and %s stands before it by now", on, s.NowAsOf)
	default:
		return fmt.Sprintf("%s in revision %d, and revision %d is current", on, s.Base.Revision, s.NowRevision)
	}
}
