package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// RevisionKey names one revision of a dataset.
type RevisionKey struct {
	Snapshot string
	AsOf     time.Time
	Revision int32
	// Dropped says that retention dropped its rows; it is read, and not asked by.
	Dropped bool
}

const revisionKeysSQL = `
select snapshot, as_of, revision, dropped_at is not null
  from sf_snapshot.catalog
  left join sf_snapshot.dropped using (dataset, as_of)
 where dataset = $1 and ($2 = '' or snapshot = $2) and ($3 = '' or as_of = nullif($3, '')::date) and (current or $4)
 order by as_of desc, snapshot collate "C", revision desc`

// RevisionKeys names the revisions of a dataset, of one snapshot and as_of (YYYY-MM-DD)
// where these are not empty, superseded ones as well where it is asked for: newest as_of
// first, then by name, the newest revision first.
func RevisionKeys(ctx context.Context, q postgres.Querier, dataset, snapshot, asOf string, superseded bool) ([]RevisionKey, error) {
	rows, err := q.Query(ctx, revisionKeysSQL, dataset, snapshot, asOf, superseded)
	if err != nil {
		return nil, fmt.Errorf("list the revisions: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[RevisionKey])
	if err != nil {
		return nil, fmt.Errorf("list the revisions: %w", err)
	}
	return keys, nil
}

const revisionSQL = selectEntries + `
where dataset = $1 and snapshot = $2 and as_of = $3 and ($4 = 0 and current or revision = $4)`

// Revision returns an entry of the catalog, the current one where the revision is 0; false
// where there is none.
func Revision(ctx context.Context, q postgres.Querier, dataset string, k RevisionKey) (Entry, bool, error) {
	rows, err := q.Query(ctx, revisionSQL, dataset, k.Snapshot, k.AsOf, k.Revision)
	if err != nil {
		return Entry{}, false, fmt.Errorf("read the catalog: %w", err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return Entry{}, false, fmt.Errorf("read the catalog: %w", err)
	}
	if len(entries) == 0 {
		return Entry{}, false, nil
	}
	return entries[0], true, nil
}

const isKeptSQL = `
select exists (select from sf_snapshot.kept where dataset = $1 and snapshot = $2 and as_of = $3 and revision = $4)`

// IsKept says whether the rows of a superseded entry were kept. Those of one that is not
// had been lost before.
func IsKept(ctx context.Context, q postgres.Querier, e Entry) (kept bool, err error) {
	if err := q.QueryRow(ctx, isKeptSQL, e.Dataset, e.Snapshot, e.AsOf, e.Revision).Scan(&kept); err != nil {
		return false, fmt.Errorf("look for what is kept of %s: %w", e.Snapshot, err)
	}
	return kept, nil
}

const lyingSQL = `
select coalesce(pn.nspname::text, ''), coalesce(p.relname::text, '')
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and not i.inhdetachpending
  left join pg_catalog.pg_class p on p.oid = i.inhparent
  left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
 where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')`

// Lying says whether a table is there, and which one it is a partition of: of none where
// it was detached, or is being.
func Lying(ctx context.Context, q postgres.Querier, r relation.Relation) (present bool, parent relation.Relation, err error) {
	rows, err := q.Query(ctx, lyingSQL, r.Schema, r.Name)
	if err != nil {
		return false, parent, fmt.Errorf("look for %s: %w", r, err)
	}
	parents, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation.Relation])
	if err != nil {
		return false, parent, fmt.Errorf("look for %s: %w", r, err)
	}
	if len(parents) == 0 {
		return false, parent, nil
	}
	return true, parents[0], nil
}
