package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
)

// Dependent is something of the users' own that hangs on a column, so that its type
// cannot be changed, or not without work that nobody expects.
type Dependent struct {
	// What it is, as in "view public.active".
	What string
	// Drop and Create are the SQL that takes it away and brings it back; empty where only
	// its owner can say.
	Drop, Create string
}

// dependentsSQL lists the views and rules that read the column, the triggers and
// policies that name it, the generated columns made of it, and the indexes with
// expressions or conditions over it.
const dependentsSQL = `
with on_column as (
    select distinct d.classid, d.objid, d.objsubid
      from pg_catalog.pg_depend d
      join pg_catalog.pg_class c on c.oid = d.refobjid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
     where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       and n.nspname = $1 and c.relname = $2 and a.attname = $3
)
select what, drop_sql, create_sql from (
    select pg_catalog.format('%s %s', case v.relkind when 'm' then 'materialized view' else 'view' end, v.oid::pg_catalog.regclass) as what,
           pg_catalog.format('drop %s %s', case v.relkind when 'm' then 'materialized view' else 'view' end, v.oid::pg_catalog.regclass) as drop_sql,
           pg_catalog.format('create %s %s as %s', case v.relkind when 'm' then 'materialized view' else 'view' end, v.oid::pg_catalog.regclass,
                             pg_catalog.rtrim(pg_catalog.pg_get_viewdef(v.oid), '; ')) as create_sql
      from on_column o
      join pg_catalog.pg_rewrite r on o.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = o.objid
      join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind in ('v', 'm')
    union
    select pg_catalog.format('rule %I on %s', r.rulename, v.oid::pg_catalog.regclass),
           pg_catalog.format('drop rule %I on %s', r.rulename, v.oid::pg_catalog.regclass), pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), '; ')
      from on_column o
      join pg_catalog.pg_rewrite r on o.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = o.objid
      join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind not in ('v', 'm')
    union
    select pg_catalog.format('index %s', i.indexrelid::pg_catalog.regclass),
           pg_catalog.format('drop index %s', i.indexrelid::pg_catalog.regclass), pg_catalog.pg_get_indexdef(i.indexrelid)
      from on_column o
      join pg_catalog.pg_index i on o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.indexrelid = o.objid
     where i.indexprs is not null or i.indpred is not null
    union
    select pg_catalog.format('trigger %I', t.tgname),
           pg_catalog.format('drop trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass), pg_catalog.pg_get_triggerdef(t.oid)
      from on_column o
      join pg_catalog.pg_trigger t on o.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = o.objid
     where not t.tgisinternal
    union
    select pg_catalog.pg_describe_object(o.classid, o.objid, o.objsubid), '', ''
      from on_column o
     where o.classid in ('pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_publication_rel'::pg_catalog.regclass)
        or o.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
           and exists (select from pg_catalog.pg_attrdef f join pg_catalog.pg_attribute g on g.attrelid = f.adrelid and g.attnum = f.adnum
                        where f.oid = o.objid and g.attgenerated <> '')
) d
order by what collate "C"`

// Dependents lists what hangs on a column of a table.
func Dependents(ctx context.Context, q Querier, table relation.Relation, column string) ([]Dependent, error) {
	rows, err := q.Query(ctx, dependentsSQL, table.Schema, table.Name, column)
	if err != nil {
		return nil, fmt.Errorf("look for what hangs on %s.%s: %w", table, column, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Dependent])
	if err != nil {
		return nil, fmt.Errorf("look for what hangs on %s.%s: %w", table, column, err)
	}
	return all, nil
}

// Around is the SQL that takes the dependents away, does the work, and brings them back;
// and their names, for people. A dependent that only its owner can bring back is named.
func Around(dependents []Dependent, work string) (names, sql string) {
	var what, before, after []string
	for _, d := range dependents {
		what = append(what, d.What)
		if d.Drop != "" {
			before = append(before, d.Drop)
			after = append([]string{oneLine(d.Create)}, after...)
		}
	}
	return strings.Join(what, ", "), strings.Join(append(append(before, work), after...), "; ")
}
