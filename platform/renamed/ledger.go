// Package renamed keeps the ledger of columns that were renamed in a service's tables: by
// it a file, or a state that was stamped, is read that has the older names, and a ring of
// columns which exchange their names is carried out once, although the same names stand
// before and after.
package renamed

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"

	"github.com/jackc/pgx/v5"
)

// Ledger is the name of the table that keeps it, in the service's schema.
type Ledger string

// Step is what was renamed at once.
type Step struct {
	// UpTo is the newest as_of, YYYY-MM-DD, that was delivered under the older names; empty
	// where none was.
	UpTo    string
	Renames []relation.Rename
}

// History is what was renamed in a table.
type History struct {
	// Steps are in the order in which they were carried out.
	Steps []Step
	// Standing are the renames that are still declared, and were the last of their columns.
	Standing []relation.Rename
}

// Of returns what was renamed in tables, by table; nothing of those in which nothing was.
func (l Ledger) Of(ctx context.Context, q postgres.Querier, tables ...relation.Relation) (map[relation.Relation]History, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	rows, err := q.Query(ctx, `
select schema_name, table_name, number, renamed_from, column_name, coalesce(up_to::text, ''),
       declared and number = max(number) over (partition by schema_name, table_name, column_name)
  from `+string(l)+` where (schema_name, table_name) in (select * from unnest($1::text[], $2::text[]))
 order by schema_name, table_name, number, column_name`, pgx.QueryExecModeExec, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("read what was renamed: %w", err)
	}
	all := map[relation.Relation]History{}
	var (
		table    relation.Relation
		r        relation.Rename
		upTo     string
		number   int64
		last     = map[relation.Relation]int64{}
		standing bool
	)
	_, err = pgx.ForEachRow(rows, []any{&table.Schema, &table.Name, &number, &r.From, &r.To, &upTo, &standing}, func() error {
		h := all[table]
		if n := len(h.Steps); n > 0 && last[table] == number {
			h.Steps[n-1].Renames = append(h.Steps[n-1].Renames, r)
		} else {
			h.Steps = append(h.Steps, Step{UpTo: upTo, Renames: []relation.Rename{r}})
		}
		if standing {
			h.Standing = append(h.Standing, r)
		}
		all[table], last[table] = h, number
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what was renamed: %w", err)
	}
	return all, nil
}

// Add records renames that are carried out in the caller's transaction, or stand already.
func (l Ledger) Add(ctx context.Context, q postgres.Querier, table relation.Relation, s Step) error {
	from, to := make([]string, len(s.Renames)), make([]string, len(s.Renames))
	for i, r := range s.Renames {
		from[i], to[i] = r.From, r.To
	}
	_, err := q.Exec(ctx, `
insert into `+string(l)+` (schema_name, table_name, number, renamed_from, column_name, up_to)
select $1, $2, (select coalesce(max(number), 0) + 1 from `+string(l)+` where schema_name = $1 and table_name = $2), r.*, nullif($5, '')::date
  from unnest($3::text[], $4::text[]) r`, pgx.QueryExecModeExec, table.Schema, table.Name, from, to, s.UpTo)
	if err != nil {
		return fmt.Errorf("record what is renamed in %s: %w", table, err)
	}
	return nil
}

// Close records that renames are not declared any more: the same, declared again, is
// another one.
func (l Ledger) Close(ctx context.Context, q postgres.Querier, table relation.Relation, renames []relation.Rename) error {
	from, to := make([]string, len(renames)), make([]string, len(renames))
	for i, r := range renames {
		from[i], to[i] = r.From, r.To
	}
	_, err := q.Exec(ctx, `
update `+string(l)+` set declared = false
 where schema_name = $1 and table_name = $2 and (renamed_from, column_name) in (select * from unnest($3::text[], $4::text[]))`,
		pgx.QueryExecModeExec, table.Schema, table.Name, from, to)
	if err != nil {
		return fmt.Errorf("record what %s no longer declares as renamed: %w", table, err)
	}
	return nil
}
