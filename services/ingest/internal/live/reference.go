package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// findReferences lists the foreign keys between tables of the given names. One of a
// table to itself is checked at the end of each statement, whatever the order of tables.
const findReferences = `
with live as (
    select c.oid, t.schema, t.name
      from unnest($1::text[], $2::text[]) as t (schema, name)
      join pg_namespace n on n.nspname = t.schema
      join pg_class c on c.relnamespace = n.oid and c.relname = t.name
)
select child.name, k.conname::text, parent.schema, parent.name,
       (select array_agg(a.attname::text order by a.attnum)
          from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey))
  from pg_constraint k
  join live child on child.oid = k.conrelid
  join live parent on parent.oid = k.confrelid
 where k.contype = 'f' and child.oid <> parent.oid
 order by k.conname`

// undeclaredReferences finds the foreign keys between the dataset's own tables that it
// does not declare: it did once, perhaps, and made them. Tables are written in the
// order of the declared ones, and files may hold what the others forbid. The
// differences are by the name of the table that has the key. open are the columns that
// are to be renamed yet.
func undeclaredReferences(ctx context.Context, q postgres.Querier, tables []*declared.Table, open map[string]rename.Pairs) (map[string][]relation.Difference, error) {
	byName := map[string]*declared.Table{}
	var schemas, names []string
	for _, t := range tables {
		byName[t.Name] = t
		schemas, names = append(schemas, t.Live.Schema), append(names, t.Live.Name)
	}
	rows, err := q.Query(ctx, findReferences, pgx.QueryExecModeExec, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look at foreign keys: %w", err)
	}
	found := map[string][]relation.Difference{}
	var child, name string
	var parent relation.Relation
	var columns []string
	_, err = pgx.ForEachRow(rows, []any{&child, &name, &parent.Schema, &parent.Name, &columns}, func() error {
		if t := byName[child]; !declares(t, parent, open[child].AllNow(columns)) {
			found[child] = append(found[child], relation.Differs(
				fmt.Sprintf("found a foreign key %s (%s) to %s that the dataset does not declare", name, strings.Join(columns, ", "), parent),
				"declare the reference, or drop it: alter table "+t.Live.SQL()+" drop constraint "+relation.Quote(name),
			))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at foreign keys: %w", err)
	}
	return found, nil
}

// declares says whether the table declares a reference of these columns, in any
// order, to the parent.
func declares(t *declared.Table, parent relation.Relation, columns []string) bool {
	have := slices.Sorted(slices.Values(columns))
	return slices.ContainsFunc(t.References, func(r declared.Reference) bool {
		return r.Parent.Live == parent && slices.Equal(slices.Sorted(slices.Values(r.Columns)), have)
	})
}
