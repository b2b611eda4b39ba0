package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// builtOnShown is how many training sets a restatement names; all of them are counted.
const builtOnShown = 20

// BuiltOn is a training set that was built on revisions which a restatement superseded.
type BuiltOn struct {
	TrainingSet string
	Name        string
	CreatedAt   time.Time
	// Snapshots are those of which it holds the superseded revision, by name.
	Snapshots []string
}

// Both sides are few: the superseded revisions of a page, and of each those that hold it,
// by the index on the pins.
const builtOnSQL = `
select n, id, name, created_at, snapshots, total
  from (select asked.n, t.id, t.name, t.created_at, array_agg(p.snapshot order by p.snapshot) as snapshots,
               count(*) over (partition by asked.n) as total,
               row_number() over (partition by asked.n order by t.id desc) as place
          from unnest($2::int[], $3::text[], $4::date[], $5::int[]) as asked (n, snapshot, as_of, revision)
          join sf_snapshot.training_set_pin p
            on p.dataset = $1 and p.snapshot = asked.snapshot and p.as_of = asked.as_of and p.revision = asked.revision
          join sf_snapshot.training_set t on t.id = p.training_set
         group by asked.n, t.id, t.name, t.created_at) built
 where place <= $6
 order by n, place`

// laidOverSQL are the dates whose extracts were laid over superseded revisions.
const laidOverSQL = `
select asked.n, b.as_of::text
  from unnest($2::int[], $3::text[], $4::date[], $5::int[]) as asked (n, snapshot, as_of, revision)
  join sf_snapshot.base b
    on b.dataset = $1 and b.base_snapshot = asked.snapshot and b.base_as_of = asked.as_of and b.base_revision = asked.revision
 group by asked.n, b.as_of
 order by asked.n, b.as_of`

// addBuiltOn puts into restatements of a dataset which training sets hold a revision that
// they superseded, the newest first, and how many there are; and which dates were laid over one.
func addBuiltOn(ctx context.Context, q postgres.Querier, dataset string, all []Restatement) error {
	var n, revisions []int32
	var snapshots []string
	var dates []time.Time
	for i, r := range all {
		for _, s := range r.Snapshots {
			n, snapshots = append(n, int32(i)), append(snapshots, s.Snapshot)
			dates, revisions = append(dates, r.AsOf), append(revisions, s.Supersedes)
		}
	}
	rows, err := q.Query(ctx, builtOnSQL, dataset, n, snapshots, dates, revisions, builtOnShown)
	if err != nil {
		return fmt.Errorf("find what was built on superseded revisions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at int32
		var total int64
		var b BuiltOn
		if err := rows.Scan(&at, &b.TrainingSet, &b.Name, &b.CreatedAt, &b.Snapshots, &total); err != nil {
			return fmt.Errorf("find what was built on superseded revisions: %w", err)
		}
		all[at].BuiltOn, all[at].BuiltOnCount = append(all[at].BuiltOn, b), total
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("find what was built on superseded revisions: %w", err)
	}
	return addLaidOver(ctx, q, all, dataset, n, snapshots, dates, revisions)
}

// addLaidOver takes what it asks by as columns, of all the superseded revisions.
func addLaidOver(ctx context.Context, q postgres.Querier, all []Restatement, asked ...any) error {
	rows, err := q.Query(ctx, laidOverSQL, asked...)
	if err != nil {
		return fmt.Errorf("find what was laid over superseded revisions: %w", err)
	}
	var at int32
	var asOf string
	_, err = pgx.ForEachRow(rows, []any{&at, &asOf}, func() error {
		all[at].LaidOver = append(all[at].LaidOver, asOf)
		return nil
	})
	if err != nil {
		return fmt.Errorf("find what was laid over superseded revisions: %w", err)
	}
	return nil
}
