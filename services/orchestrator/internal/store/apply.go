package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Application is a version of a dataset to register.
type Application struct {
	Content     *datasetv1.Dataset
	Version     string
	RequestedBy string
	// Tables are the live and snapshot tables that it declares.
	Tables []relation.Relation
	// Before is the version that was current when the application was judged; empty
	// where there was none.
	Before string
	// DryRun judges it as any other, and registers nothing.
	DryRun bool
}

// errDry ends the transaction of a dry run, so that nothing of it stays.
var errDry = errors.New("it was a dry run")

// ErrMoved says that another version became the current one since an application was
// judged.
var ErrMoved = errors.New("another version became current in between")

// Whole stands in the place of a table's name where a dataset claims all of a schema. No
// relation that a dataset declares is called so.
const Whole = "*"

// Taken is a table that another dataset has claimed.
type Taken struct {
	Table   relation.Relation
	Dataset string
}

// TakenError says which tables of a dataset are another's.
type TakenError struct{ Tables []Taken }

// Error names the number of tables.
func (e *TakenError) Error() string { return "tables belong to other datasets" }

// lockDatasetSQL lets one version of a dataset be applied at a time.
const lockDatasetSQL = `select pg_advisory_xact_lock(hashtextextended('sf_orchestrator.dataset ' || $1, 0))`

const makeCurrentSQL = `
insert into sf_orchestrator.dataset_version as v (dataset, version, content, requested_by, current, application)
select $1, $2, $3::jsonb, $4, true, coalesce(max(application), 0) + 1 from sf_orchestrator.dataset_version where dataset = $1
on conflict (dataset, version) do update set current = true, application = excluded.application, applied_at = now()
 where not v.current`

// Apply registers a version and makes it the current one; unchanged is true where it
// was that already. Errors: *TakenError, ErrMoved.
func (s *Store) Apply(ctx context.Context, a Application) (v *Version, unchanged bool, err error) {
	content, err := protojson.Marshal(a.Content)
	if err != nil {
		return nil, false, wrap(err, "encode dataset %s", a.Content.GetName())
	}
	name := a.Content.GetName()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockDatasetSQL, name); err != nil {
			return err
		}
		current, err := currentVersion(ctx, tx, name)
		if err != nil {
			return err
		}
		if unchanged = current == a.Version; !unchanged && current != a.Before {
			return ErrMoved
		}
		if current == "" {
			if err := s.Limits.register(ctx, tx, name); err != nil {
				return err
			}
		}
		if err := claimTables(ctx, tx, a); err != nil {
			return err
		}
		const retire = "update sf_orchestrator.dataset_version set current = false where dataset = $1 and current and version <> $2"
		if _, err := tx.Exec(ctx, retire, name, a.Version); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, makeCurrentSQL, name, a.Version, string(content), plain(a.RequestedBy)); err != nil {
			return err
		}
		if v, err = version(ctx, tx, name, a.Version); err == nil && a.DryRun {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return v, unchanged, wrap(err, "register dataset %s", name)
}

// currentVersion is the version that new runs use; empty where there is none.
func currentVersion(ctx context.Context, q postgres.Querier, name string) (version string, err error) {
	err = q.QueryRow(ctx, "select version from sf_orchestrator.dataset_version where dataset = $1 and current", plain(name)).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return version, err
}

const (
	claimTablesSQL = `
insert into sf_orchestrator.table_claim (schema_name, table_name, dataset)
select s, n, $3 from unnest($1::text[], $2::text[]) as t (s, n) order by s, n
on conflict do nothing`
	takenTablesSQL = `
select c.schema_name, c.table_name, c.dataset
  from sf_orchestrator.table_claim c
  join unnest($1::text[], $2::text[]) as t (s, n) on c.schema_name = t.s and (c.table_name = t.n or $4 in (c.table_name, t.n))
 where c.dataset <> $3
 group by 1, 2, 3
 order by 1, 2`
	lockSchemasSQL = `
select pg_advisory_xact_lock(hashtextextended('sf_orchestrator.schema ' || s, 0))
  from (select distinct s from unnest($1::text[]) s order by s) schemas`
)

// claimTables claims the tables of a dataset. One at a time claims in a schema, since who
// claims all of it has to see every name that is claimed there; schemas are waited for in the
// order of their names, so that no two wait for each other.
func claimTables(ctx context.Context, tx pgx.Tx, a Application) error {
	schemas, names := inTwo(a.Tables)
	if _, err := tx.Exec(ctx, lockSchemasSQL, schemas); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, claimTablesSQL, schemas, names, a.Content.GetName()); err != nil {
		return err
	}
	return free(ctx, tx, a.Content.GetName(), a.Tables)
}

// Free says whether a dataset may have tables, as far as is committed, and claims none.
// Errors: *TakenError.
func (s *Store) Free(ctx context.Context, dataset string, tables []relation.Relation) error {
	return wrap(free(ctx, s.pool, dataset, tables), "look whose the tables of dataset %s are", dataset)
}

// free returns *TakenError where another dataset has claimed one of the tables.
func free(ctx context.Context, q postgres.Querier, dataset string, tables []relation.Relation) error {
	schemas, names := inTwo(tables)
	rows, err := q.Query(ctx, takenTablesSQL, schemas, names, dataset, Whole)
	if err != nil {
		return err
	}
	taken, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Taken, error) {
		var t Taken
		err := row.Scan(&t.Table.Schema, &t.Table.Name, &t.Dataset)
		return t, err
	})
	if err != nil || len(taken) == 0 {
		return err
	}
	return &TakenError{Tables: taken}
}

// inTwo are the schemas and the names of tables, as the statements take them.
func inTwo(tables []relation.Relation) (schemas, names []string) {
	schemas, names = make([]string, 0, len(tables)), make([]string, 0, len(tables))
	for _, t := range tables {
		schemas, names = append(schemas, t.Schema), append(names, t.Name)
	}
	return schemas, names
}
