// Package live looks at what stands under the names of the live tables, and says how
// it differs from what the dataset declares: what was expected, what was found, and
// the SQL that mends it. It writes nothing.
package live

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Table is what stands under a live table's name.
type Table struct {
	// Exists says that something does.
	Exists bool
	// Rows is how many it holds, once whoever publishes has counted them.
	Rows int64

	kind    string // pg_class.relkind
	columns []string
	// stand are the columns by the names that they have, before any is renamed.
	stand []string
	types []string
	// computed says of each column how PostgreSQL makes its values where nobody may
	// give them: "expression" or "identity", and "" where they are given.
	computed []string
	// blurred says of each column the collation that takes values which differ for
	// equal; "" where its values are told apart.
	blurred []string
	// required says of each column whether it is NOT NULL.
	required []bool
	// ours says that the service's role owns the table, so that it may alter it.
	ours bool
	// keys are the column sets that are unique in it, each in order of name.
	keys [][]string
	// primary is the name of its primary key and the columns of that, as they stand; empty
	// where it has none.
	primary []string
	// owned is whose it is, and what the service's role may do with it.
	owned ownership
	role  string
	// children are the tables that inherit from it, as SQL names them.
	children []string
	// rules are its rules, each as what it stands for, such as INSERT, and its name.
	rules [][]string
	// guard is the row level security that hides rows from the role.
	guard guard
	// closed says why a table that is not there cannot be made either.
	closed schemaState
	// open are the columns that have to be renamed yet; both those of which the table has
	// the older name and the newer.
	open, both rename.Pairs
	// wanted are all that the table declares.
	wanted rename.Pairs
}

// schemaState is what keeps a table from being made in a schema.
type schemaState string

const (
	schemaOpen    schemaState = ""
	schemaMissing schemaState = "missing"
	schemaClosed  schemaState = "closed"
)

const findSchema = `
select current_user::text,
       case when n.oid is null then 'missing'
            when not has_schema_privilege(n.oid, 'create') then 'closed' else '' end
  from (select) _ left join pg_namespace n on n.nspname = $1`

const findTable = `
select c.relkind::text, current_user::text,
       coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attnum is not null), '{}'),
       coalesce(array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) filter (where a.attnum is not null), '{}'),
       coalesce(array_agg(case when a.attgenerated <> '' then 'expression' when a.attidentity = 'a' then 'identity' else '' end
                order by a.attnum) filter (where a.attnum is not null), '{}'),
       coalesce(array_agg(case when not o.collisdeterministic then format('%I', o.collname) else '' end
                order by a.attnum) filter (where a.attnum is not null), '{}'),
       coalesce(array_agg(a.attnotnull order by a.attnum) filter (where a.attnum is not null), '{}'),
       pg_has_role(c.relowner, 'usage'),
       array(select format('%I.%I', cn.nspname, cc.relname)
               from pg_inherits i
               join pg_class cc on cc.oid = i.inhrelid
               join pg_namespace cn on cn.oid = cc.relnamespace
              where i.inhparent = c.oid and c.relkind = 'r' order by 1),
       array(select array[case r.ev_type when '2' then 'UPDATE' when '3' then 'INSERT' else 'DELETE' end, r.rulename::text]
               from pg_rewrite r
              where r.ev_class = c.oid and c.relkind in ('r', 'p') and r.ev_enabled in ('O', 'A') and r.ev_type <> '1' order by r.rulename),
       case when not row_security_active(c.oid) then '' when pg_has_role(c.relowner, 'usage') then 'forced' else 'enabled' end,
       coalesce((select array[k.conname::text] || array(
                 select p.attname::text from unnest(k.conkey) with ordinality as o (attnum, n)
                   join pg_attribute p on p.attrelid = c.oid and p.attnum = o.attnum order by o.n)
          from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'), '{}')
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_collation o on o.oid = a.attcollation
 where n.nspname = $1 and c.relname = $2
 group by c.oid, c.relkind`

// findKeys lists the unique indexes that hold for every row at every moment.
const findKeys = `
select (select array_agg(a.attname::text order by a.attname::text collate "C")
          from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey[0:i.indnkeyatts - 1]))
  from pg_index i
  join pg_class c on c.oid = i.indrelid
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2
   and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null`

// find looks at one live table. Where there is none, it looks whether one can be made.
func find(ctx context.Context, q postgres.Querier, t *declared.Table) (*Table, error) {
	rows, err := q.Query(ctx, findTable, t.Live.Schema, t.Live.Name)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", t.Live, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Table, error) {
		l := &Table{Exists: true}
		return l, row.Scan(&l.kind, &l.role, &l.columns, &l.types, &l.computed, &l.blurred, &l.required, &l.ours,
			&l.children, &l.rules, &l.guard, &l.primary)
	})
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", t.Live, err)
	}
	if len(found) == 0 {
		l := &Table{}
		if err := q.QueryRow(ctx, findSchema, t.Live.Schema).Scan(&l.role, &l.closed); err != nil {
			return nil, fmt.Errorf("look at schema %s: %w", t.Live.Schema, err)
		}
		return l, nil
	}
	if found[0].owned, err = findOwnership(ctx, q, t.Live); err != nil {
		return nil, err
	}
	keys, err := q.Query(ctx, findKeys, t.Live.Schema, t.Live.Name)
	if err != nil {
		return nil, fmt.Errorf("look at the keys of %s: %w", t.Live, err)
	}
	if found[0].keys, err = pgx.CollectRows(keys, pgx.RowTo[[]string]); err != nil {
		return nil, fmt.Errorf("look at the keys of %s: %w", t.Live, err)
	}
	return found[0], nil
}

// isTable is true of what holds rows of its own.
func (l *Table) isTable() bool { return l.kind == "r" || l.kind == "p" }

// hasRows says whether the table holds any row; false where there is no table. What
// the service's role may not read, or not all of it, counts as holding some.
func (l *Table) hasRows(ctx context.Context, q postgres.Querier, t *declared.Table) (has bool, err error) {
	switch {
	case !l.Exists || !l.isTable():
		return false, nil
	case !l.visible(t) || l.guard != unguarded:
		return true, nil
	}
	if err := q.QueryRow(ctx, "select exists (select from "+t.Live.SQL()+")").Scan(&has); err != nil {
		return false, fmt.Errorf("look for rows in %s: %w", t.Live, err)
	}
	return has, nil
}
