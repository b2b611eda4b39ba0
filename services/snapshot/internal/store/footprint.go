package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Place is where the partition of a catalog entry is found, and how it was left.
type Place struct {
	// Present says that a table of the partition's name is there.
	Present bool
	// Parent is the table that it is a partition of; empty where it is of none.
	Parent relation.Relation
	// Left is the footprint that is recorded; empty where none is.
	Left string
}

const placesSQL = `
select e.snapshot, c.oid is not null, coalesce(pn.nspname::text, ''), coalesce(p.relname::text, ''), coalesce(f.footprint, '')
  from sf_snapshot.catalog e
  left join pg_catalog.pg_namespace n on n.nspname = e.partition_schema
  left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = e.partition_name and c.relkind in ('r', 'p')
  left join pg_catalog.pg_inherits i on i.inhrelid = c.oid
  left join pg_catalog.pg_class p on p.oid = i.inhparent
  left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
  left join sf_snapshot.footprint f
         on (f.dataset, f.snapshot, f.as_of, f.revision) = (e.dataset, e.snapshot, e.as_of, e.revision)
 where e.dataset = $1 and e.as_of = $2 and e.current`

// Places returns where the partitions of an as_of's current entries are, by snapshot.
func Places(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) (map[string]Place, error) {
	rows, err := q.Query(ctx, placesSQL, dataset, asOf)
	if err != nil {
		return nil, fmt.Errorf("look for the partitions: %w", err)
	}
	places := map[string]Place{}
	var (
		snapshot string
		p        Place
	)
	_, err = pgx.ForEachRow(rows, []any{&snapshot, &p.Present, &p.Parent.Schema, &p.Parent.Name, &p.Left}, func() error {
		places[snapshot] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for the partitions: %w", err)
	}
	return places, nil
}

const leaveSQL = `
insert into sf_snapshot.footprint (dataset, snapshot, as_of, revision, footprint)
select $1, e.snapshot, $2, e.revision, e.footprint
  from unnest($3::text[], $4::integer[], $5::text[]) as e (snapshot, revision, footprint)
on conflict (dataset, snapshot, as_of, revision) do update set footprint = excluded.footprint, recorded_at = now()`

// Leave records how the partitions of an as_of's entries lie, now that their rows are
// seen to be there; footprints are in the order of the entries.
func Leave(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time, entries []Entry, footprints []string) error {
	snapshots, revisions := make([]string, len(entries)), make([]int32, len(entries))
	for i, e := range entries {
		snapshots[i], revisions[i] = e.Snapshot, e.Revision
	}
	if _, err := q.Exec(ctx, leaveSQL, dataset, asOf, snapshots, revisions, footprints); err != nil {
		return fmt.Errorf("record how the partitions are left: %w", err)
	}
	return nil
}
