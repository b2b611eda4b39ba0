package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// readMark begins the comment of a view that shows a snapshot to the tools that read it.
const readMark = "StreamFlow: reads "

// standingRead is such a view of the service's own that stands.
type standingRead struct {
	relation relation.Relation
	sight    viewSight
}

const standingReadsSQL = `
select n.nspname::text, c.relname::text
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_description d on d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = 0
 where c.relkind = 'v' and pg_catalog.pg_has_role(c.relowner, 'USAGE') and d.description like $3 || '%'
   and exists (select from pg_catalog.pg_depend h join pg_catalog.pg_rewrite r on r.oid = h.objid
                 join pg_catalog.pg_class t on t.oid = h.refobjid join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
                where h.classid = 'pg_catalog.pg_rewrite'::regclass and r.ev_class = c.oid and tn.nspname = $1 and t.relname = $2)
 order by 1, 2`

// standingReads are the views of the service's own that show a snapshot's table, wherever
// they are.
func standingReads(ctx context.Context, q postgres.Querier, l layout.Layout) ([]standingRead, error) {
	rows, err := q.Query(ctx, standingReadsSQL, l.Table.Schema, l.Table.Name, readMark)
	if err != nil {
		return nil, fmt.Errorf("look for views on %s: %w", l.Table, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation.Relation])
	if err != nil {
		return nil, fmt.Errorf("look for views on %s: %w", l.Table, err)
	}
	var all []standingRead
	for _, r := range found {
		sight, err := viewAt(ctx, q, r)
		if err != nil {
			return nil, err
		}
		all = append(all, standingRead{r, sight})
	}
	return all, nil
}

// ensureReads makes the views that show a snapshot to the tools that read it, where its
// dataset declares a schema for them, and brings them up to its table. What stands under
// the name of one and is not of the service is left alone, as is a schema that is somebody
// else's: nothing but the views is missing then.
func ensureReads(ctx context.Context, conn *pgx.Conn, dataset string, l layout.Layout) error {
	statements, wanted, err := missingReads(ctx, conn, l)
	if err != nil || len(statements) == 0 {
		return err
	}
	if wanted {
		var ours bool
		if err := conn.QueryRow(ctx, "select sf_snapshot.make_read_schema($1, $2)", l.Read.Schema, dataset).Scan(&ours); err != nil {
			return fmt.Errorf("make schema %s: %w", l.Read.Schema, err)
		}
		if !ours {
			return nil
		}
	}
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return fmt.Errorf("make the views of %s in schema %s: %w", l.Table, l.Read.Schema, err)
	}
	return nil
}

// readsStand says that ensureReads has nothing to do.
func readsStand(ctx context.Context, q postgres.Querier, dataset string, l layout.Layout) (bool, error) {
	statements, wanted, err := missingReads(ctx, q, l)
	if err != nil || len(statements) == 0 || !wanted {
		return len(statements) == 0, err
	}
	owner, err := readSchemaOf(ctx, q, l.Read.Schema)
	return owner.exists && !owner.is(dataset), err // of somebody else nothing is made
}

// missingReads is what is to be done for the views; wanted says that something is to be
// made in their schema.
func missingReads(ctx context.Context, q postgres.Querier, l layout.Layout) (statements []string, wanted bool, err error) {
	stand, err := standingReads(ctx, q, l)
	if err != nil || len(stand) == 0 && l.Read.Schema == "" {
		return nil, false, err
	}
	table, err := shapeOf(ctx, q, l.Table)
	if err != nil || len(table) == 0 {
		return nil, false, err
	}
	key, err := keyOf(ctx, q, l.Table)
	if err != nil {
		return nil, false, err
	}
	views := readViews(l, table, key)
	for _, s := range stand {
		named := slices.ContainsFunc(views, func(v readView) bool { return v.relation == s.relation })
		if !named && !s.sight.hung {
			statements = append(statements, "drop view "+s.relation.SQL())
		}
	}
	for _, v := range views {
		sight, err := viewAt(ctx, q, v.relation)
		if err != nil {
			return nil, false, err
		}
		made := sight.bring(v.relation, readMark+l.Table.String(), v.sql, v.columns)
		granted, err := missingGrants(ctx, q, l.Table, v.relation, sight.exists && len(made) == 0)
		if err != nil {
			return nil, false, err
		}
		if sight.exists && !sight.ours {
			continue
		}
		statements, wanted = slices.Concat(statements, made, granted), wanted || len(made)+len(granted) > 0
	}
	return statements, wanted, nil
}

const keySQL = `
select a.attname::text
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral unnest(i.indkey) with ordinality k(attnum, place)
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
 where n.nspname = $1 and c.relname = $2 and i.indisprimary and a.attname <> 'as_of'
 order by k.place`

// keyOf are the columns of a snapshot table's key, as they are called there now.
func keyOf(ctx context.Context, q postgres.Querier, r relation.Relation) ([]string, error) {
	rows, err := q.Query(ctx, keySQL, r.Schema, r.Name)
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", r, err)
	}
	key, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", r, err)
	}
	return key, nil
}

// readersSQL are the roles that may read a relation, and those of them that may not read
// another one or not use its schema. A role of no name is everybody.
const readersSQL = `
select distinct case when x.grantee = 0 then '' else pg_catalog.pg_get_userbyid(x.grantee)::text end
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral pg_catalog.aclexplode(c.relacl) x
 where n.nspname = $1 and c.relname = $2 and x.privilege_type = 'SELECT' and x.grantee <> c.relowner
   and not ($5 and exists (
       select from pg_catalog.pg_class v join pg_catalog.pg_namespace vn on vn.oid = v.relnamespace
         cross join lateral pg_catalog.aclexplode(v.relacl) y
        where vn.nspname = $3 and v.relname = $4 and y.privilege_type = 'SELECT' and y.grantee = x.grantee))
 order by 1`

// missingGrants lets who may read a snapshot's table read a view, too; those who may
// already are left out where it stands.
func missingGrants(ctx context.Context, q postgres.Querier, table, view relation.Relation, stands bool) ([]string, error) {
	rows, err := q.Query(ctx, readersSQL, table.Schema, table.Name, view.Schema, view.Name, stands)
	if err != nil {
		return nil, fmt.Errorf("read who may read %s: %w", table, err)
	}
	roles, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read who may read %s: %w", table, err)
	}
	var all []string
	for _, role := range roles {
		to := "public"
		if role != "" {
			to = relation.Quote(role)
		}
		all = append(all, "grant usage on schema "+relation.Quote(view.Schema)+" to "+to, "grant select on "+view.SQL()+" to "+to)
	}
	return all, nil
}
