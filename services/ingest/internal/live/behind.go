package live

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Link is a foreign key to a table whose rows are deleted as those are that they refer to:
// it stands a step or more behind a referrer.
type Link struct {
	Schema, Table, Name string
	// OnDelete is what it does, as of a referrer.
	OnDelete string
}

// From is the table that has it.
func (l Link) From() relation.Relation { return relation.Relation{Schema: l.Schema, Name: l.Table} }

// Drop is the SQL that takes it away.
func (l Link) Drop() string {
	return "alter table " + l.From().SQL() + " drop constraint " + relation.Quote(l.Name)
}

// MaxLinks is how many links are looked for; more are not of use to anybody.
const MaxLinks = 20

// findBehind follows foreign keys from a table as long as they delete. Union leaves out what
// was found before, so that a ring of them ends.
const findBehind = `
with recursive behind (con, child, does) as (
  select k.oid, k.conrelid, k.confdeltype from pg_constraint k
    join pg_class c on c.oid = k.confrelid join pg_namespace n on n.oid = c.relnamespace
   where k.contype = 'f' and k.conparentid = 0 and n.nspname = $1 and c.relname = $2
   union
  select k.oid, k.conrelid, k.confdeltype from behind b
    join pg_constraint k on k.contype = 'f' and k.conparentid = 0 and k.confrelid = b.child
   where b.does = 'c')
select n.nspname::text, c.relname::text, k.conname::text, k.confdeltype::text
  from behind b join pg_constraint k on k.oid = b.con
  join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
 order by 1, 2, 3 limit $3`

// Behind lists the foreign keys by which rows follow those of the referrer that are deleted,
// however many steps away, at most MaxLinks and one: nothing of one that deletes no rows.
func (r Referrer) Behind(ctx context.Context, q postgres.Querier) ([]Link, error) {
	if r.OnDelete != "c" {
		return nil, nil
	}
	rows, err := q.Query(ctx, findBehind, pgx.QueryExecModeExec, r.Schema, r.Table, MaxLinks+1)
	if err != nil {
		return nil, fmt.Errorf("look at the foreign keys to %s: %w", r.From(), err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Link])
	if err != nil {
		return nil, fmt.Errorf("look at the foreign keys to %s: %w", r.From(), err)
	}
	return all, nil
}
