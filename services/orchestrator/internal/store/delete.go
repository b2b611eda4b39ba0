package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

// Deletion is a dataset to take out of the registry.
type Deletion struct {
	Dataset string
	// Version is the one that was current when the deletion was judged, and LastRun the
	// newest run of the dataset then; empty where there was none.
	Version, LastRun string
	KeepTables       bool
	RequestedBy      string
}

// BusyError says that a run of the dataset is queued or under way.
type BusyError struct{ Run string }

// Error names the run.
func (e *BusyError) Error() string { return fmt.Sprintf("run %s has not ended", e.Run) }

const lastRunSQL = `select coalesce(max(id), '') from sf_orchestrator.run where dataset = $1`

// LastRun returns the newest run of a dataset; empty where there is none.
func (s *Store) LastRun(ctx context.Context, name string) (id string, err error) {
	err = s.pool.QueryRow(ctx, lastRunSQL, plain(name)).Scan(&id)
	return id, wrap(err, "look for runs of dataset %s", name)
}

// freeTablesSQL returns names that no other dataset declares: those are free.
const freeTablesSQL = `
with gone as (delete from sf_orchestrator.table_claim where dataset = $1 returning schema_name, table_name)
select g.schema_name, g.table_name from gone g
 where not exists (select from sf_orchestrator.table_claim c where (c.schema_name, c.table_name) = (g.schema_name, g.table_name) and c.dataset <> $1)`

// Delete takes a dataset out of the registry, and returns the tables whose names are
// free from then on. Its versions stay, since runs were made of them. Errors:
// *BusyError, ErrMoved (what it was judged by is not so any more).
func (s *Store) Delete(ctx context.Context, d Deletion) (freed []relation.Relation, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		freed, err = d.do(ctx, tx)
		return err
	})
	return freed, wrap(err, "delete dataset %s", d.Dataset)
}

func (d Deletion) do(ctx context.Context, tx pgx.Tx) ([]relation.Relation, error) {
	if _, err := tx.Exec(ctx, lockDatasetSQL, d.Dataset); err != nil {
		return nil, err
	}
	const retire = "update sf_orchestrator.dataset_version set current = false where dataset = $1 and version = $2 and current"
	tag, err := tx.Exec(ctx, retire, d.Dataset, d.Version)
	if err != nil {
		return nil, err
	}
	if tag.RowsAffected() == 0 {
		return nil, ErrMoved
	}
	// A run that is being queued holds the row that was updated: it is seen from here on.
	if err := d.idle(ctx, tx); err != nil {
		return nil, err
	}
	const note = "insert into sf_orchestrator.dataset_deletion (dataset, version, keep_tables, requested_by) values ($1, $2, $3, $4)"
	if _, err := tx.Exec(ctx, note, d.Dataset, d.Version, d.KeepTables, plain(d.RequestedBy)); err != nil {
		return nil, err
	}
	if err := d.giveUp(ctx, tx); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, freeTablesSQL, d.Dataset)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[relation.Relation])
}

// giveUp has ingest and snapshot keep the dataset's tables for it no longer. A service that
// is not migrated yet, or not there, keeps none.
func (d Deletion) giveUp(ctx context.Context, tx pgx.Tx) error {
	const there = `
select p.oid::regproc::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname in ('sf_ingest', 'sf_snapshot') and p.proname = 'give_up_tables' order by 1`
	rows, err := tx.Query(ctx, there)
	if err != nil {
		return err
	}
	functions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, f := range functions {
		if _, err := tx.Exec(ctx, "select "+f+"($1)", d.Dataset); err != nil {
			return err
		}
	}
	return nil
}

// idle refuses where a run has not ended, or has been made since the dataset was
// looked at.
func (d Deletion) idle(ctx context.Context, tx pgx.Tx) error {
	const active = "select id from sf_orchestrator.run where dataset = $1 and state in ('QUEUED', 'RUNNING') order by id limit 1"
	var id string
	switch err := tx.QueryRow(ctx, active, d.Dataset).Scan(&id); {
	case err == nil:
		return &BusyError{Run: id}
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	if err := tx.QueryRow(ctx, lastRunSQL, d.Dataset).Scan(&id); err != nil {
		return err
	}
	if id != d.LastRun {
		return ErrMoved
	}
	return nil
}

// registered refuses a run of a dataset that is not registered any more, and keeps it
// registered until the transaction ends.
func registered(ctx context.Context, q postgres.Querier, name string) error {
	const hold = "select true from sf_orchestrator.dataset_version where dataset = $1 and current for share"
	var held bool
	err := q.QueryRow(ctx, hold, name).Scan(&held)
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	current, err := currentVersion(ctx, q, name)
	switch {
	case err != nil:
		return err
	case current != "":
		return errAgain // another version became current while this waited
	}
	return notRegistered(name)
}

func notRegistered(name string) error {
	return problem.New(problem.DatasetNotFound,
		"expected the name of a registered dataset, found %q", name).With("dataset", name)
}
