package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

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
	_, err := free(ctx, tx, a.Content.GetName(), a.Tables)
	return err
}

// Free says whether a dataset may have tables, as far as is committed, and claims none. Shared
// are those that another dataset declares as well, and that nobody has published into: they
// will be the first one's who does. Errors: *TakenError.
func (s *Store) Free(ctx context.Context, dataset string, tables []relation.Relation) (shared []Taken, err error) {
	shared, err = free(ctx, s.pool, dataset, tables)
	return shared, wrap(err, "look whose the tables of dataset %s are", dataset)
}

// free returns *TakenError where another dataset has made one of the tables its own.
func free(ctx context.Context, q postgres.Querier, dataset string, tables []relation.Relation) (shared []Taken, err error) {
	schemas, names := inTwo(tables)
	rows, err := q.Query(ctx, takenTablesSQL, schemas, names, dataset, Whole)
	if err != nil {
		return nil, err
	}
	claimed, err := pgx.CollectRows(rows, scanTaken)
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	made, err := madeGood(ctx, q, claimed)
	if err != nil {
		return nil, err
	}
	var theirs []Taken
	for _, c := range claimed {
		if made.by(c) {
			theirs = append(theirs, c)
		} else {
			shared = append(shared, c)
		}
	}
	if len(theirs) > 0 {
		return nil, &TakenError{Tables: theirs}
	}
	return shared, nil
}

func scanTaken(row pgx.CollectableRow) (Taken, error) {
	var t Taken
	err := row.Scan(&t.Table.Schema, &t.Table.Name, &t.Dataset)
	return t, err
}

// inTwo are the schemas and the names of tables, as the statements take them.
func inTwo(tables []relation.Relation) (schemas, names []string) {
	schemas, names = make([]string, 0, len(tables)), make([]string, 0, len(tables))
	for _, t := range tables {
		schemas, names = append(schemas, t.Schema), append(names, t.Name)
	}
	return schemas, names
}
