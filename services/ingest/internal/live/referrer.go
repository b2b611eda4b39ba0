package live

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Referrer is a foreign key of the users' own to a live table, from a table that is not the
// dataset's.
type Referrer struct {
	// Name of the foreign key.
	Name string
	// Schema and Table have it.
	Schema, Table string
	// OnDelete is what it does with rows whose row is deleted: an action of pg_constraint's
	// confdeltype (https://www.postgresql.org/docs/current/catalog-pg-constraint.html).
	OnDelete string
	// Columns refer to the columns To of the live table, each compared by its operator,
	// under its collation.
	Columns, To, Operators, Collations []string
	// Rows is the SQL of the rows that may refer; empty where the service may not read them all.
	Rows string
}

// From is the table that has it.
func (r Referrer) From() relation.Relation { return relation.Relation{Schema: r.Schema, Name: r.Table} }

// Drop is the SQL that takes it away.
func (r Referrer) Drop() string {
	return "alter table " + r.From().SQL() + " drop constraint " + relation.Quote(r.Name)
}

// findReferrers lists them, those of a partitioned table once. A foreign key of a table with
// heirs is not theirs.
const findReferrers = `
select k.conname::text, n.nspname::text, c.relname::text, k.confdeltype::text,
       p.columns, p.referred, p.operators, p.collations,
       case when has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid)
            then case c.relkind when 'r' then 'only ' else '' end || format('%I.%I', n.nspname, c.relname) else '' end
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_class t on t.oid = k.confrelid
  join pg_namespace s on s.oid = t.relnamespace
 cross join lateral (
       select array_agg(a.attname::text order by x.n) as columns, array_agg(b.attname::text order by x.n) as referred,
              array_agg(format('operator(%I.%s)', m.nspname, o.oprname) order by x.n) as operators,
              array_agg(case when l.oid is null then '' else format(' collate %I.%I', h.nspname, l.collname) end order by x.n) as collations
         from unnest(k.conkey, k.confkey, k.conpfeqop) with ordinality as x (child, parent, op, n)
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.child
         join pg_attribute b on b.attrelid = k.confrelid and b.attnum = x.parent
         join pg_operator o on o.oid = x.op
         join pg_namespace m on m.oid = o.oprnamespace
         left join pg_collation l on l.oid = b.attcollation
         left join pg_namespace h on h.oid = l.collnamespace) p
 where k.contype = 'f' and k.conparentid = 0 and s.nspname = $1 and t.relname = $2
   and not exists (select from unnest($3::text[], $4::text[]) as d (schema, name) where d.schema = n.nspname and d.name = c.relname)
 order by n.nspname, c.relname, k.conname`

// Referrers lists the foreign keys to a live table from others than the tables of its dataset.
func Referrers(ctx context.Context, q postgres.Querier, t *declared.Table, of *declared.Dataset) ([]Referrer, error) {
	var schemas, names []string
	for _, own := range of.Tables {
		schemas, names = append(schemas, own.Live.Schema), append(names, own.Live.Name)
	}
	rows, err := q.Query(ctx, findReferrers, pgx.QueryExecModeExec, t.Live.Schema, t.Live.Name, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look at the foreign keys to %s: %w", t.Live, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Referrer])
	if err != nil {
		return nil, fmt.Errorf("look at the foreign keys to %s: %w", t.Live, err)
	}
	return all, nil
}
