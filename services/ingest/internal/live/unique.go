package live

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Unique is a unique index of the users' own on a live table, that is checked row by row:
// while rows are written, two of them may not have the same values for a moment.
type Unique struct {
	// Name of the index.
	Name string
	// Columns of it, as they are called in the table.
	Columns []string
	// Mend is the SQL that has it checked at the end of the transaction instead.
	Mend string
}

// findUnique lists those over columns alone. A constraint can wait for the end of the
// transaction, an index that is none cannot, so that one takes the other's place. An index
// with expressions or a condition can become no constraint.
const findUnique = `
select x.relname::text,
       (select array_agg(a.attname::text order by k.n)
          from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, n)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum),
       case when k.oid is not null then format('alter table %I.%I drop constraint %I, add constraint %I %s deferrable initially deferred',
                       n.nspname, c.relname, k.conname, k.conname, pg_get_constraintdef(k.oid))
       else format('drop index %s; alter table %I.%I add constraint %I unique%s (%s) deferrable initially deferred',
                       i.indexrelid::regclass, n.nspname, c.relname, x.relname,
                       case when pg_get_indexdef(i.indexrelid) ~ ' NULLS NOT DISTINCT' then ' nulls not distinct' else '' end,
                       (select string_agg(quote_ident(a.attname), ', ' order by k.n)
                          from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, n)
                          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum)) end
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  join pg_class c on c.oid = i.indrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u')
 where n.nspname = $1 and c.relname = $2
   and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
 order by x.relname`

// Uniques lists the unique indexes of a live table that are checked row by row, those over
// its key included.
func Uniques(ctx context.Context, q postgres.Querier, t *declared.Table) ([]Unique, error) {
	rows, err := q.Query(ctx, findUnique, pgx.QueryExecModeExec, t.Live.Schema, t.Live.Name)
	if err != nil {
		return nil, fmt.Errorf("look at the unique indexes of %s: %w", t.Live, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Unique])
	if err != nil {
		return nil, fmt.Errorf("look at the unique indexes of %s: %w", t.Live, err)
	}
	return all, nil
}
