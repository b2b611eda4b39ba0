// Package owned keeps, in the schema of the service that writes into tables, which dataset
// they belong to: the first that was written into them. The registry gives names to
// datasets; this holds also where somebody reaches a service past the registry. It is
// given up by the registry alone, when it deletes a dataset (give_up_tables).
package owned

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

// Ledger is a table of schema_name, table_name, dataset and since.
type Ledger struct {
	// SQL is its name, as SQL has it.
	SQL string
	// First says what made a table a dataset's, such as `first published`.
	First string
}

// Check refuses, with TABLE_TAKEN, tables that are another dataset's.
func (l Ledger) Check(ctx context.Context, q postgres.Querier, dataset string, tables []relation.Relation) error {
	schemas, names := split(tables)
	rows, err := q.Query(ctx, `
select o.schema_name, o.table_name, o.dataset
  from `+l.SQL+` o
  join unnest($2::text[], $3::text[]) t (schema_name, table_name) using (schema_name, table_name)
 where o.dataset <> $1
 order by o.schema_name, o.table_name`, dataset, schemas, names)
	if err != nil {
		return fmt.Errorf("look at whose the tables of %s are: %w", dataset, err)
	}
	p := problem.New(problem.TableTaken, "").With("dataset", dataset)
	var said []string
	var table relation.Relation
	var owner string
	_, err = pgx.ForEachRow(rows, []any{&table.Schema, &table.Name, &owner}, func() error {
		_ = p.Violate(table.String(), "was %s by dataset %s, and is that dataset's", l.First, owner)
		said = append(said, fmt.Sprintf("%s was %s by dataset %s", table, l.First, owner))
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at whose the tables of %s are: %w", dataset, err)
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = fmt.Sprintf("dataset %s may not write into tables of others: %s; nothing was written", dataset, strings.Join(said, "; "))
	return p
}

// Take makes tables the dataset's, in the transaction that writes into them, unless they
// are already. It refuses as Check does; who is first of two at once has them.
func (l Ledger) Take(ctx context.Context, q postgres.Querier, dataset string, tables []relation.Relation) error {
	schemas, names := split(tables)
	_, err := q.Exec(ctx, `
insert into `+l.SQL+` (schema_name, table_name, dataset)
select t.schema_name, t.table_name, $1 from unnest($2::text[], $3::text[]) t (schema_name, table_name)
 order by t.schema_name, t.table_name
on conflict do nothing`, dataset, schemas, names)
	if err != nil {
		return fmt.Errorf("record whose the tables of %s are: %w", dataset, err)
	}
	return l.Check(ctx, q, dataset, tables)
}

func split(tables []relation.Relation) (schemas, names []string) {
	for _, t := range tables {
		schemas, names = append(schemas, t.Schema), append(names, t.Name)
	}
	return schemas, names
}
