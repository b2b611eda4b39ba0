package stamp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// keptRevision is the column that tells superseded revisions apart. Columns of a dataset
// cannot begin with sf_.
const keptRevision = "sf_revision"

// column is a column of a table as PostgreSQL has it.
type column struct{ name, typ string }

// ensureRevisions makes what stands beside a snapshot's table: the table of superseded
// revisions, which has its columns, and the view over all revisions. Where they are
// there they are brought up to the table. What stands under the view's name and is not
// of the service is left alone: nothing but the view is missing then.
func ensureRevisions(ctx context.Context, conn *pgx.Conn, l layout.Layout) error {
	statements, err := missingRevisions(ctx, conn, l)
	if err != nil || len(statements) == 0 {
		return err
	}
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return fmt.Errorf("make the revisions of %s: %w", l.Table, err)
	}
	return nil
}

// revisionsStand says that ensureRevisions has nothing to do.
func revisionsStand(ctx context.Context, q postgres.Querier, l layout.Layout) (bool, error) {
	statements, err := missingRevisions(ctx, q, l)
	return len(statements) == 0, err
}

func missingRevisions(ctx context.Context, q postgres.Querier, l layout.Layout) ([]string, error) {
	table, err := shapeOf(ctx, q, l.Table)
	if err != nil || len(table) == 0 {
		return nil, err
	}
	kept, err := shapeOf(ctx, q, l.AllKept())
	if err != nil {
		return nil, err
	}
	statements := follow(l.AllKept(), kept, table)
	if len(kept) == 0 {
		statements = []string{createAllKept(l), grantReader(l.AllKept())}
	}
	view, err := lookAtView(ctx, q, l)
	if err != nil {
		return nil, err
	}
	if len(statements) > 0 && view.ours && !view.hung && view.retypes(table) {
		statements = append([]string{"drop view " + l.Revisions().SQL()}, statements...)
		view = viewSight{}
	}
	return append(statements, view.bring(l.Revisions(), "StreamFlow: every revision of "+l.Table.String(), selectRevisions(l, table), revisionColumns(table))...), nil
}

// dropViews takes the views on a snapshot away before the type of a column is changed,
// which they read; ensureRevisions and ensureReads make them anew. One that something hangs
// on is left: then the change was one for a person.
func dropViews(ctx context.Context, conn *pgx.Conn, l layout.Layout, mended []relation.Difference) error {
	table, err := shapeOf(ctx, conn, l.Table)
	if err != nil {
		return err
	}
	left, err := called.Of(ctx, conn, []layout.Layout{l})
	if err != nil {
		return err
	}
	var stand []string
	for _, c := range table {
		stand = append(stand, c.name)
	}
	stand = left[0].Now(stand)
	retyped := slices.ContainsFunc(mended, func(d relation.Difference) bool {
		return len(d.Renames) == 0 && slices.Contains(stand, d.Column)
	})
	if !retyped {
		return nil
	}
	own, err := disposable(ctx, conn, l)
	if err != nil || len(own) == 0 {
		return err
	}
	_, err = conn.Exec(ctx, dropAll(own))
	return err
}

// disposable are the views of the service's own on a snapshot that nothing hangs on: it
// takes them away and makes them again as it likes.
func disposable(ctx context.Context, q postgres.Querier, l layout.Layout) ([]relation.Relation, error) {
	var all []relation.Relation
	reads, err := standingReads(ctx, q, l)
	if err != nil {
		return nil, err
	}
	for _, r := range reads {
		if !r.sight.hung {
			all = append(all, r.relation)
		}
	}
	view, err := lookAtView(ctx, q, l)
	if err == nil && view.ours && !view.hung {
		all = append(all, l.Revisions())
	}
	return all, err
}

// dropAll is the SQL that takes views away.
func dropAll(views []relation.Relation) string {
	var statements []string
	for _, v := range views {
		statements = append(statements, "drop view "+v.SQL())
	}
	return strings.Join(statements, "; ")
}

// follow brings the columns of a table up to those of another: what it lacks is added,
// and a type that was changed there is changed here.
func follow(r relation.Relation, has, wants []column) []string {
	var all []string
	for _, w := range wants {
		i := slices.IndexFunc(has, func(c column) bool { return c.name == w.name })
		switch {
		case i < 0:
			all = append(all, fmt.Sprintf("alter table %s add column %s %s", r.SQL(), relation.Quote(w.name), w.typ))
		case has[i].typ != w.typ:
			all = append(all, "alter table "+r.SQL()+" "+retype(w.name, w.typ, has[i].typ)) // a person's cast is none that PostgreSQL does by itself
		}
	}
	return all
}

const shapeSQL = `
select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') and pg_catalog.pg_has_role(c.relowner, 'USAGE')
   and a.attnum > 0 and not a.attisdropped
 order by a.attnum`

// shapeOf returns the columns of a table of the service's own; none where there is none.
func shapeOf(ctx context.Context, q postgres.Querier, r relation.Relation) ([]column, error) {
	rows, err := q.Query(ctx, shapeSQL, r.Schema, r.Name)
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", r, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c column, err error) {
		return c, row.Scan(&c.name, &c.typ)
	})
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", r, err)
	}
	return all, nil
}

// viewSight is what stands under the name of the view over all revisions.
type viewSight struct {
	exists, ours bool
	// mark tells which definition it was made with; hung says that something of the
	// users' own hangs on it.
	mark string
	hung bool
	// columns are its own, in order.
	columns []column
}

const viewSQL = `
select c.relkind = 'v' and pg_catalog.pg_has_role(c.relowner, 'USAGE') and coalesce(d.description like 'StreamFlow: %', false),
       coalesce(d.description, ''),
       exists (select from pg_catalog.pg_depend h join pg_catalog.pg_rewrite r on r.oid = h.objid
                where h.refobjid = c.oid and h.classid = 'pg_catalog.pg_rewrite'::regclass and r.ev_class <> c.oid),
       array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum),
       array(select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_description d on d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass and d.objsubid = 0
 where n.nspname = $1 and c.relname = $2`

func lookAtView(ctx context.Context, q postgres.Querier, l layout.Layout) (viewSight, error) {
	return viewAt(ctx, q, l.Revisions())
}

// viewAt says what stands under the name of a view.
func viewAt(ctx context.Context, q postgres.Querier, r relation.Relation) (viewSight, error) {
	var (
		v            = viewSight{exists: true}
		description  string
		names, types []string
	)
	err := q.QueryRow(ctx, viewSQL, r.Schema, r.Name).Scan(&v.ours, &description, &v.hung, &names, &types)
	if errors.Is(err, pgx.ErrNoRows) {
		return viewSight{}, nil
	}
	if err != nil {
		return v, fmt.Errorf("look at view %s: %w", r, err)
	}
	v.mark = description
	for i, name := range names {
		v.columns = append(v.columns, column{name, types[i]})
	}
	return v, nil
}

// bring is the SQL that makes a view of a query, or brings it up to it; says is what its
// comment begins with. Columns that are added come at its end, so that whoever uses it keeps
// it; for any other change it is made anew, unless something hangs on it.
func (v viewSight) bring(view relation.Relation, says, sql string, wants []column) []string {
	sum := sha256.Sum256([]byte(sql))
	mark := fmt.Sprintf("%s, made as %s", says, hex.EncodeToString(sum[:8]))
	var statements []string
	switch {
	case v.exists && (!v.ours || v.mark == mark):
		return nil
	case !v.exists, v.appends(wants):
	case v.hung:
		return nil
	default:
		statements = append(statements, "drop view "+view.SQL())
	}
	return append(statements, "create or replace view "+view.SQL()+" as\n"+sql,
		fmt.Sprintf("comment on view %s is %s", view.SQL(), literal(mark)), grantReader(view))
}

// retypes says whether a column of the view has another type by now.
func (v viewSight) retypes(table []column) bool {
	return slices.ContainsFunc(v.columns, func(c column) bool {
		return slices.ContainsFunc(table, func(t column) bool { return t.name == c.name && t.typ != c.typ })
	})
}

// appends says whether the view as it is begins as it would be made now.
func (v viewSight) appends(wants []column) bool {
	if len(v.columns) > len(wants) {
		return false
	}
	for i, c := range v.columns {
		if w := wants[i]; c.name != w.name || w.typ != "" && c.typ != w.typ {
			return false
		}
	}
	return true
}
