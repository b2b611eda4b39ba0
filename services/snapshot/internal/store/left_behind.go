package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Stamp is the stamp of a batch, which is the last of its as_of.
type Stamp struct {
	Dataset string
	AsOf    time.Time
	// Snapshots are those that hold the batch's content now.
	Snapshots []string
	// Moves says that the batch is all that there is of the as_of, and that it gave a snapshot
	// another content than before: what else is stamped is of another delivery from now on.
	Moves bool
}

const leftBehindSQL = `
with now_left as (
    select array(select name from (select unnest(l.snapshots) as name from sf_snapshot.left_behind l
                                    where l.dataset = $1 and l.as_of = $2 and l.until is null
                                   union
                                   select c.snapshot from sf_snapshot.catalog c
                                    where $4 and c.dataset = $1 and c.as_of = $2 and c.current) names
                  where name <> all ($3::text[]) order by name collate "C") as snapshots,
           case when $4 then (select known_at from sf_snapshot.known where dataset = $1) else clock_timestamp() end as since
), ended as (
    update sf_snapshot.left_behind l set until = n.since
      from now_left n
     where l.dataset = $1 and l.as_of = $2 and l.until is null and l.snapshots <> n.snapshots
)
select since, snapshots from now_left n
 where snapshots <> '{}'
   and not exists (select from sf_snapshot.left_behind l
                    where l.dataset = $1 and l.as_of = $2 and l.until is null and l.snapshots = n.snapshots)`

// LeaveBehind records which snapshots of an as_of a stamp left as they were, beside others
// that got another content: those hold another delivery until one brings them all. It comes
// after the stamp's catalog entries.
func LeaveBehind(ctx context.Context, q postgres.Querier, s Stamp) error {
	rows, err := q.Query(ctx, leftBehindSQL, s.Dataset, s.AsOf, s.Snapshots, s.Moves)
	if err != nil {
		return fmt.Errorf("look for what is left behind: %w", err)
	}
	left, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Left])
	if err != nil {
		return fmt.Errorf("look for what is left behind: %w", err)
	}
	for _, l := range left { // one at most, once the one before has ended
		if _, err := q.Exec(ctx, "insert into sf_snapshot.left_behind (dataset, as_of, since, snapshots) values ($1, $2, $3, $4)", s.Dataset, s.AsOf, l.Since, l.Snapshots); err != nil {
			return fmt.Errorf("record what is left behind: %w", err)
		}
	}
	return nil
}

// Left are snapshots of an as_of that hold another delivery than the others.
type Left struct {
	// Since is when the others got what they hold.
	Since     time.Time
	Snapshots []string
}

const leftOfSQL = `
select as_of::text, since, snapshots from sf_snapshot.left_behind
 where dataset = $1 and since <= $2 and (until is null or until > $2)`

// LeftOf returns, by as_of, YYYY-MM-DD, which snapshots of it were left behind as it was known
// at a moment.
func LeftOf(ctx context.Context, q postgres.Querier, dataset string, moment time.Time) (map[string]Left, error) {
	rows, err := q.Query(ctx, leftOfSQL, dataset, moment)
	if err != nil {
		return nil, fmt.Errorf("read what was left behind: %w", err)
	}
	all := map[string]Left{}
	for rows.Next() {
		var day string
		var l Left
		if err := rows.Scan(&day, &l.Since, &l.Snapshots); err != nil {
			return nil, fmt.Errorf("read what was left behind: %w", err)
		}
		all[day] = l
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read what was left behind: %w", err)
	}
	return all, nil
}
