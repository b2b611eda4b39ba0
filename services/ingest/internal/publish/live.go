package publish

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// liveTable is what stands under a live table's name.
type liveTable struct {
	exists  bool
	kind    string // pg_class.relkind
	columns []string
	types   []string
	// computed are the columns whose values PostgreSQL makes and nobody may give.
	computed []string
	// blurred are the columns whose collation takes values that differ for equal, each
	// with its collation.
	blurred []string
	// keys are the column sets that are unique in it, each in order of name.
	keys [][]string
	rows int64
	// obstacle says why a table that is not there cannot be made either.
	obstacle string
}

// mayCreate says what keeps a table from being made in a schema; nothing if nothing does.
const mayCreate = `
select case when to_regnamespace(quote_ident($1)) is null
            then 'expected the schema to be there, found none; name it in SF_DATA_SCHEMAS and run ingestd migrate'
            when not has_schema_privilege(to_regnamespace(quote_ident($1)), 'create')
            then format('expected %I to be allowed to create tables in the schema, found that it is not; name it in SF_DATA_SCHEMAS and run ingestd migrate', current_user)
            else '' end`

const findLive = `
select c.relkind::text,
       coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attnum is not null), '{}'),
       coalesce(array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) filter (where a.attnum is not null), '{}'),
       coalesce(array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated <> '' or a.attidentity = 'a'), '{}'),
       coalesce(array_agg(format('%s collate %I', a.attname, o.collname) order by a.attnum) filter (where not o.collisdeterministic), '{}')
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

// inspect looks at every live table, and refuses with every difference from what the
// dataset declares.
func (w *work) inspect(ctx context.Context) error {
	w.live = map[string]*liveTable{}
	p := problem.New(problem.LiveTableDiffers, "").With("batch", w.batch.GetId())
	for _, t := range w.tables() {
		l, err := find(ctx, w.conn, t.Table)
		if err != nil {
			return fmt.Errorf("inspect %s: %w", t.Live, err)
		}
		w.live[t.Name] = l
		for _, d := range l.differences(t.Table) {
			_ = p.Violate(t.Live.String(), "%s", d)
		}
	}
	if err := w.inspectReferences(ctx, p); err != nil {
		return fmt.Errorf("inspect foreign keys: %w", err)
	}
	if len(p.Violations) == 0 {
		return nil
	}
	var said []string
	for _, v := range p.Violations {
		said = append(said, v.Subject+": "+v.Description)
	}
	p.Message = "live tables differ from the dataset: " + strings.Join(said, "; ") + "; change the one or the other; nothing was written"
	return p
}

// findReferences lists the foreign keys between tables of the given names. One of a
// table to itself is checked at the end of each statement, whatever the order of tables.
const findReferences = `
with live as (
    select c.oid, t.schema, t.name
      from unnest($1::text[], $2::text[]) as t (schema, name)
      join pg_namespace n on n.nspname = t.schema
      join pg_class c on c.relnamespace = n.oid and c.relname = t.name
)
select child.schema, child.name, k.conname::text, parent.schema, parent.name,
       (select array_agg(a.attname::text order by a.attnum)
          from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey))
  from pg_constraint k
  join live child on child.oid = k.conrelid
  join live parent on parent.oid = k.confrelid
 where k.contype = 'f' and child.oid <> parent.oid
 order by k.conname`

// inspectReferences notes the foreign keys between the dataset's own tables that it
// does not declare: it did once, perhaps, and made them. Tables are written in the
// order of the declared ones, and files may hold what the others forbid.
func (w *work) inspectReferences(ctx context.Context, p *problem.Error) error {
	tables := map[string]*declared.Table{}
	var schemas, names []string
	for _, t := range w.tables() {
		tables[t.Live.String()] = t.Table
		schemas, names = append(schemas, t.Live.Schema), append(names, t.Live.Name)
	}
	rows, err := w.conn.Query(ctx, findReferences, pgx.QueryExecModeExec, schemas, names)
	if err != nil {
		return err
	}
	var child, parent relation.Relation
	var name string
	var columns []string
	_, err = pgx.ForEachRow(rows, []any{&child.Schema, &child.Name, &name, &parent.Schema, &parent.Name, &columns}, func() error {
		if !declares(tables[child.String()], parent, columns) {
			_ = p.Violate(child.String(), "found a foreign key %s (%s) to %s that the dataset does not declare; drop the constraint, or declare the reference",
				name, strings.Join(columns, ", "), parent)
		}
		return nil
	})
	return err
}

// declares says whether the table declares a reference of these columns, in any
// order, to the parent.
func declares(t *declared.Table, parent relation.Relation, columns []string) bool {
	have := slices.Sorted(slices.Values(columns))
	return slices.ContainsFunc(t.References, func(r declared.Reference) bool {
		return r.Parent.Live == parent && slices.Equal(slices.Sorted(slices.Values(r.Columns)), have)
	})
}

// lock keeps others from writing to the live tables that stand, parents first.
func (w *work) lock(ctx context.Context) error {
	for _, t := range w.tables() {
		if !w.live[t.Name].exists {
			continue
		}
		if err := w.exec(ctx, statement.LockLive(t.Table)); err != nil {
			return fmt.Errorf("lock %s: %w", t.Live, err)
		}
	}
	return nil
}

func find(ctx context.Context, conn *pgx.Conn, t *declared.Table) (*liveTable, error) {
	rows, err := conn.Query(ctx, findLive, t.Live.Schema, t.Live.Name)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*liveTable, error) {
		l := &liveTable{exists: true}
		return l, row.Scan(&l.kind, &l.columns, &l.types, &l.computed, &l.blurred)
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		l := &liveTable{}
		return l, conn.QueryRow(ctx, mayCreate, t.Live.Schema).Scan(&l.obstacle)
	}
	keys, err := conn.Query(ctx, findKeys, t.Live.Schema, t.Live.Name)
	if err != nil {
		return nil, err
	}
	found[0].keys, err = pgx.CollectRows(keys, pgx.RowTo[[]string])
	return found[0], err
}

// differences says how the table differs from its declaration; nothing where there is
// no table, or it agrees. The order of columns does not count.
func (l *liveTable) differences(t *declared.Table) []string {
	if !l.exists {
		if l.obstacle != "" {
			return []string{l.obstacle}
		}
		return nil
	}
	if l.kind != "r" && l.kind != "p" {
		return []string{"expected a table, found another kind of relation"}
	}
	var out []string
	for _, c := range t.Columns {
		i := slices.Index(l.columns, c.Name)
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("expected a column %s %s, found none", c.Name, c.Type.SQL()))
		case l.types[i] != c.Type.SQL():
			out = append(out, fmt.Sprintf("expected column %s to be %s, found %s", c.Name, c.Type.SQL(), l.types[i]))
		case slices.Contains(l.computed, c.Name):
			out = append(out, fmt.Sprintf("expected column %s to take values, found it generated always", c.Name))
		}
	}
	for _, b := range l.blurred {
		out = append(out, fmt.Sprintf("expected a column that tells values apart, found %s, which is nondeterministic: rows that differ would be taken for the same", b))
	}
	for _, name := range l.columns {
		if _, declared := t.Column(name); !declared {
			out = append(out, fmt.Sprintf("found a column %s that the dataset does not declare", name))
		}
	}
	key := slices.Sorted(slices.Values(t.Key))
	if !slices.ContainsFunc(l.keys, func(k []string) bool { return slices.Equal(k, key) }) {
		out = append(out, fmt.Sprintf("expected a primary key or unique index on (%s), found none", strings.Join(t.Key, ", ")))
	}
	return out
}
