package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// As the view sf_snapshot.stale, with the contents that are to be stamped in the place of those
// that are.
const staleAfterSQL = `
with recursive wanted as (
    select snapshot, content_hash from unnest($3::text[], $4::text[]) w (snapshot, content_hash)
), standing as (
    select snapshot, as_of, content_hash from sf_snapshot.catalog c
     where c.dataset = $1 and c.current and not (c.as_of = $2 and c.snapshot in (select snapshot from wanted))
    union all
    select snapshot, $2::date, content_hash from wanted
), stands as materialized (
    select b.snapshot, b.as_of, b.base_snapshot, below.as_of as below_as_of, below.content_hash is distinct from b.base_hash as moved
      from sf_snapshot.base b
      join sf_snapshot.catalog c using (dataset, snapshot, as_of, revision)
      left join lateral (
           select n.as_of, n.content_hash from standing n
            where n.snapshot = b.base_snapshot and n.as_of < b.as_of
            order by n.as_of desc limit 1) below on true
     where b.dataset = $1 and c.current and b.as_of > $2
), stale as (
    select snapshot, as_of from stands where moved
    union
    select s.snapshot, s.as_of from stands s join stale t on t.snapshot = s.base_snapshot and t.as_of = s.below_as_of
)
select distinct s.as_of::text from stale s
 where not exists (select from sf_snapshot.dropped d where d.dataset = $1 and d.as_of = s.as_of)
   and s.snapshot = any ($5)
 order by 1`

// StaleAfter returns the later as_of dates, YYYY-MM-DD, of which one of the declared snapshots
// would be stale, were an as_of stamped with contents, by snapshot their hashes.
func StaleAfter(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time, contents map[string]string, declared []string) ([]string, error) {
	var snapshots, hashes []string
	for snapshot, hash := range contents {
		snapshots, hashes = append(snapshots, snapshot), append(hashes, hash)
	}
	rows, err := q.Query(ctx, staleAfterSQL, dataset, asOf, snapshots, hashes, declared)
	if err != nil {
		return nil, fmt.Errorf("look for what would be stale: %w", err)
	}
	dates, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for what would be stale: %w", err)
	}
	return dates, nil
}
