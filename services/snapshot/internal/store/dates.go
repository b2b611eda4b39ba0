package store

import (
	"context"
	_ "embed" // the statements
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Date is what is known of a date of a dataset, as retention sees it.
type Date struct {
	AsOf time.Time
	// Snapshots were stamped as of it, by name, and Rows are those of their current revisions.
	Snapshots []string
	Rows      int64
	// DroppedAt is when its rows were dropped, GoneAt when nothing was left of them; nil where
	// that is not so. Run dropped them, and Why is the rule by which it did.
	DroppedAt, GoneAt *time.Time
	Run, Why          string
	// Pin keeps it; nil where nobody pinned it.
	Pin *DatePin
	// TrainingSets keep it, the newest first.
	TrainingSets []string
	// NewestOf are the snapshots of which no newer date is there.
	NewestOf []string
	// Stale are the dates that are stale, the oldest first, and would be laid over this one to
	// be made again.
	Stale []time.Time
}

//go:embed dates.sql
var datesSQL string

// Dates returns every date of a dataset that was stamped, the newest first.
func Dates(ctx context.Context, q postgres.Querier, dataset string) ([]Date, error) {
	rows, err := q.Query(ctx, datesSQL, dataset)
	if err != nil {
		return nil, fmt.Errorf("read the dates of the history: %w", err)
	}
	dates, err := pgx.CollectRows(rows, scanDate)
	if err != nil {
		return nil, fmt.Errorf("read the dates of the history: %w", err)
	}
	return dates, nil
}

func scanDate(row pgx.CollectableRow) (Date, error) {
	var d Date
	var reason, by *string
	var at *time.Time
	err := row.Scan(&d.AsOf, &d.Snapshots, &d.Rows, &d.DroppedAt, &d.GoneAt, &d.Run, &d.Why, &reason, &by, &at, &d.TrainingSets, &d.NewestOf, &d.Stale)
	if err == nil && at != nil {
		d.Pin = &DatePin{Reason: *reason, By: *by, At: *at}
	}
	return d, err
}

const tablesOfDateSQL = `
select distinct r.snapshot, r.relation_schema, r.relation_name, c.table_schema, c.table_name
  from (select c.snapshot, c.partition_schema as relation_schema, c.partition_name as relation_name
          from sf_snapshot.catalog c where c.dataset = $1 and c.as_of = $2
        union
        select k.snapshot, k.relation_schema, k.relation_name
          from sf_snapshot.kept k where k.dataset = $1 and k.as_of = $2
        union
        select d.snapshot, d.relation_schema, d.relation_name
          from sf_snapshot.delta d where d.dataset = $1 and d.as_of = $2) r
  join sf_snapshot.catalog c on c.dataset = $1 and c.as_of = $2 and c.snapshot = r.snapshot
 order by 1, 2, 3`

// DateTable is a table that holds rows of a date.
type DateTable struct {
	Snapshot string
	Relation relation.Relation
	// Table is the one in which readers find the snapshot.
	Table relation.Relation
}

// TablesOfDate returns the tables that hold rows of a date, of every revision and of what was
// delivered for it, each once, whether they are there or not.
func TablesOfDate(ctx context.Context, q postgres.Querier, dataset string, asOf time.Time) ([]DateTable, error) {
	rows, err := q.Query(ctx, tablesOfDateSQL, dataset, asOf)
	if err != nil {
		return nil, fmt.Errorf("read which tables hold %s: %w", asOf.Format(time.DateOnly), err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t DateTable, err error) {
		return t, row.Scan(&t.Snapshot, &t.Relation.Schema, &t.Relation.Name, &t.Table.Schema, &t.Table.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("read which tables hold %s: %w", asOf.Format(time.DateOnly), err)
	}
	return tables, nil
}

// Standing is how a table stands in history.
type Standing struct {
	// OID tells it from a table that gets its name later.
	OID uint32
	// Parent is the table that it is a partition of; the zero value where it is of none.
	Parent relation.Relation
	// Pending says that it is being detached: new readers do not see it.
	Pending bool
}

const standingSQL = `
select c.oid, coalesce(pn.nspname::text, ''), coalesce(p.relname::text, ''), coalesce(i.inhdetachpending, false)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_inherits i on i.inhrelid = c.oid
  left join pg_catalog.pg_class p on p.oid = i.inhparent
  left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
 where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p')`

// StandingOf says how a table stands; nil where there is none of the name.
func StandingOf(ctx context.Context, q postgres.Querier, r relation.Relation) (*Standing, error) {
	rows, err := q.Query(ctx, standingSQL, r.Schema, r.Name)
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", r, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Standing, err error) {
		return s, row.Scan(&s.OID, &s.Parent.Schema, &s.Parent.Name, &s.Pending)
	})
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", r, err)
	}
	if len(found) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	return &found[0], nil
}

const lockHistorySQL = `select 1 from sf_snapshot.known where dataset = $1 for update`

// LockHistory keeps everybody from stamping, from building training sets and from pinning
// until the transaction ends.
func LockHistory(ctx context.Context, q postgres.Querier, dataset string) error {
	if _, err := q.Exec(ctx, lockHistorySQL, dataset); err != nil {
		return fmt.Errorf("lock the history of %s: %w", dataset, err)
	}
	return nil
}
