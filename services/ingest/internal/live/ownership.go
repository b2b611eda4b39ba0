package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// ownership says whose a table is, and what the service's role may do with it.
type ownership struct {
	// foreign says that the table is another role's. A superuser owns no more than what it
	// made: PostgreSQL would let it have everything.
	foreign bool
	// extension is the one that the table is a part of; empty where it is of none.
	extension string
	// shut says that the role may not use the schema.
	shut bool
	// lacking are the privileges on the table that the role has not. Of a foreign table,
	// what everybody may do is nobody's leave to publish into it: only what was granted to
	// the role itself, or to a role that it is a member of, counts.
	lacking []string
}

// ownershipSQL reads a table's access privileges, and those of its columns
// (https://www.postgresql.org/docs/current/ddl-priv.html). Of a foreign table, every
// column has to be readable: what is said of it names them all.
const ownershipSQL = `
with t as (
    select c.oid, c.relkind, c.relowner, c.relacl, c.relnamespace, pg_has_role(c.relowner, 'usage') as ours
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2
), k as (
    select a.attnum, a.attacl from pg_attribute a join t on t.oid = a.attrelid where a.attnum > 0 and not a.attisdropped
), granted as (
    select 0 as attnum, lower(g.privilege_type) as privilege
      from t cross join lateral aclexplode(t.relacl) g where g.grantee <> 0 and pg_has_role(g.grantee, 'usage')
    union all
    select k.attnum, lower(g.privilege_type)
      from k cross join lateral aclexplode(k.attacl) g where g.grantee <> 0 and pg_has_role(g.grantee, 'usage')
)
select not t.ours or u.rolsuper and t.relowner <> u.oid,
       coalesce((select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
                  where d.classid = 'pg_class'::regclass and d.objid = t.oid and d.objsubid = 0
                    and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'), ''),
       not has_schema_privilege(t.relnamespace, 'usage'),
       array(select p from unnest(array['select', 'insert', 'update', 'delete', 'references']) p
              where t.relkind in ('r', 'p') and not case
                    when t.ours and p = 'delete' then has_table_privilege(t.oid, p)
                    when t.ours then has_any_column_privilege(t.oid, p)
                    when exists (select from granted g where g.attnum = 0 and g.privilege = p) then true
                    when p = 'select' then not exists (select from k where k.attnum not in (select g.attnum from granted g where g.privilege = p))
                    else exists (select from granted g where g.privilege = p) end)
  from t join pg_roles u on u.rolname = current_user`

func findOwnership(ctx context.Context, q postgres.Querier, table relation.Relation) (o ownership, err error) {
	if err := q.QueryRow(ctx, ownershipSQL, table.Schema, table.Name).Scan(&o.foreign, &o.extension, &o.shut, &o.lacking); err != nil {
		return o, fmt.Errorf("look at whose %s is: %w", table, err)
	}
	return o, nil
}

// stranger is true of a table that is another role's, and that the dataset does not adopt.
func (l *Table) stranger(t *declared.Table) bool {
	return l.Exists && l.isTable() && (l.owned.foreign && !t.Adopt || l.owned.extension != "")
}

// visible says whether the table's layout may be told: that of a stranger, or of one that
// the service may not read, is nobody's business.
func (l *Table) visible(t *declared.Table) bool {
	return !l.stranger(t) && !l.owned.shut && !slices.Contains(l.owned.lacking, "select")
}

// unadopted says why a table that is there is not published into, and what lets it be.
func (l *Table) unadopted(t *declared.Table, parent bool) relation.Difference {
	if l.owned.extension != "" {
		d := relation.Differs("expected a table of the dataset's own, found one of extension "+l.owned.extension,
			"give the dataset's table another name: what an extension made is written by it alone, and no dump holds its rows")
		d.Reason = string(problem.LiveTableNotAdopted)
		return d
	}
	d := relation.Differs(
		fmt.Sprintf("expected a table that %s made, found one of another role, and the dataset does not adopt it", l.role),
		fmt.Sprintf("if runs are to write into it, declare `adopt: true` on table %s, and grant %s on %s to %s; otherwise give the dataset's table another name",
			t.Name, strings.Join(l.needs(t, parent), ", "), t.Live.SQL(), relation.Quote(l.role)))
	d.Reason = string(problem.LiveTableNotAdopted)
	return d
}

// needs are the privileges that publishing into the table takes. Rows are deleted only
// where the dataset says so, and a foreign key is made only with a table that refers to
// this one.
func (*Table) needs(t *declared.Table, parent bool) []string {
	needs := []string{"select", "insert", "update"}
	if t.Deletes {
		needs = append(needs, "delete")
	}
	if parent {
		needs = append(needs, "references")
	}
	return needs
}

// privileges says which of the privileges that publishing needs the role lacks.
func (l *Table) privileges(t *declared.Table, parent bool) []relation.Difference {
	var out []relation.Difference
	if l.owned.shut {
		out = append(out, relation.Differs(
			fmt.Sprintf("expected %s to have usage on the schema, found that it has not", l.role),
			fmt.Sprintf("grant usage on schema %s to %s", relation.Quote(t.Live.Schema), relation.Quote(l.role))))
	}
	lacking := slices.DeleteFunc(l.needs(t, parent), func(p string) bool { return !slices.Contains(l.owned.lacking, p) })
	if len(lacking) == 0 {
		return out
	}
	all := strings.Join(lacking, ", ")
	return append(out, relation.Differs(
		fmt.Sprintf("expected %s to have the privileges %s, found that it has not", l.role, all),
		fmt.Sprintf("grant %s on %s to %s", all, t.Live.SQL(), relation.Quote(l.role)),
	))
}

// Undeletable says why rows of a table that is there may not be deleted, and what lets them
// be; empty where they may. What everybody may do to a table of another role is no leave.
func (f Found) Undeletable() string {
	if !f.Exists || !slices.Contains(f.owned.lacking, "delete") {
		return ""
	}
	return fmt.Sprintf("rows that are to be erased are in %s, and %s was not granted to delete any: grant delete on %s to %s", f.Of.Live, f.role, f.Of.Live.SQL(), relation.Quote(f.role))
}
