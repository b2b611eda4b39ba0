package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

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
}

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
insert into sf_orchestrator.dataset_version (dataset, version, content, requested_by, current)
values ($1, $2, $3::jsonb, $4, true)
on conflict (dataset, version) do update set current = true`

// Apply registers a version and makes it the current one; unchanged is true where it
// was that already. Errors: *TakenError.
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
		if err := claimTables(ctx, tx, a); err != nil {
			return err
		}
		const q = "select exists (select from sf_orchestrator.dataset_version where dataset = $1 and version = $2 and current)"
		if err := tx.QueryRow(ctx, q, name, a.Version).Scan(&unchanged); err != nil {
			return err
		}
		const retire = "update sf_orchestrator.dataset_version set current = false where dataset = $1 and current and version <> $2"
		if _, err := tx.Exec(ctx, retire, name, a.Version); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, makeCurrentSQL, name, a.Version, string(content), plain(a.RequestedBy)); err != nil {
			return err
		}
		v, err = version(ctx, tx, name, a.Version)
		return err
	})
	return v, unchanged, wrap(err, "register dataset %s", name)
}

const (
	claimTablesSQL = `
insert into sf_orchestrator.table_claim (schema_name, table_name, dataset)
select s, n, $3 from unnest($1::text[], $2::text[]) as t (s, n) order by s, n
on conflict do nothing`
	takenTablesSQL = `
select c.schema_name, c.table_name, c.dataset
  from sf_orchestrator.table_claim c
  join unnest($1::text[], $2::text[]) as t (s, n) on c.schema_name = t.s and c.table_name = t.n
 where c.dataset <> $3
 order by 1, 2`
)

// claimTables claims the tables of a dataset. A claim that another transaction is
// making is waited for, in the order of the names, so that no two wait for each other.
func claimTables(ctx context.Context, tx pgx.Tx, a Application) error {
	schemas, names := make([]string, 0, len(a.Tables)), make([]string, 0, len(a.Tables))
	for _, t := range a.Tables {
		schemas, names = append(schemas, t.Schema), append(names, t.Name)
	}
	if _, err := tx.Exec(ctx, claimTablesSQL, schemas, names, a.Content.GetName()); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, takenTablesSQL, schemas, names, a.Content.GetName())
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
