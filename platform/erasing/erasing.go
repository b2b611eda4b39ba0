// Package erasing finds, counts and deletes the rows of keys that are to be erased. The
// keys of one run stand in a table, one text per key column; a row goes where its key is
// among them, and so does, to the last generation, every row that refers to one that goes:
// in whichever relation it does, its key is entered, and then it goes from all of them.
//
// The package works in the caller's transaction and promises nothing about fences.
package erasing

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/redact"
	"github.com/streamflow/streamflow/platform/relation"
)

// Keys are the keys of one run: a table with the columns run, dataset, table_name and key,
// place (where in the request it was asked for, NULL of one that was found) and seen.
type Keys struct {
	In      relation.Relation
	Run     string
	Dataset string
}

// Column is a column as it is called where rows stand, and the type by which its values
// are compared, in SQL and without limits, which would cut a value that is compared.
type Column struct{ Name, Cast string }

// Part is a relation that holds rows of a table.
type Part struct {
	// Table is the dataset's.
	Table string
	From  relation.Relation
	// Key are the columns of the table's key.
	Key []Column
	// References are those whose columns the relation has.
	References []Reference
}

// Reference says that columns hold the key of a row of another table, or of the same one.
type Reference struct {
	Parent  string
	Columns []Column
}

// Extend enters the keys of the part's rows that refer to one of the keys, and returns how
// many are new. Called for all parts until none is, it finds all generations.
func (k Keys) Extend(ctx context.Context, q postgres.Querier, p Part) (found int64, err error) {
	if err := k.plan(ctx, q); err != nil {
		return 0, err
	}
	for _, r := range p.References {
		tag, err := q.Exec(ctx, k.extendSQL(p, r), pgx.QueryExecModeExec, k.Run, p.Table, r.Parent, k.Dataset)
		if err != nil {
			return found, fmt.Errorf("look for rows of %s that refer to %s: %w", p.From, r.Parent, err)
		}
		found += tag.RowsAffected()
	}
	return found, nil
}

// Fixpoint extends by all parts until nothing is new.
func (k Keys) Fixpoint(ctx context.Context, q postgres.Querier, parts []Part) (found int64, err error) {
	for {
		var now int64
		for _, p := range parts {
			n, err := k.Extend(ctx, q, p)
			if err != nil {
				return found, err
			}
			now += n
		}
		if found += now; now == 0 {
			return found, nil
		}
	}
}

func (k Keys) extendSQL(p Part, r Reference) string {
	return "with sf_parent as materialized (" + k.typed("$3", r.Columns) + "), sf_new as (select distinct array[" + texts(p.Key) + "] as key from " +
		p.From.SQL() + " c join sf_parent p on " + equal(r.Columns, "p.") + ") insert into " + k.In.SQL() +
		" (run, dataset, table_name, key) select $1, $4, $2, n.key from (select key from sf_new except select o.key from " + k.In.SQL() +
		" o where o.run = $1 and o.table_name = $2) n"
}

// Count counts the part's rows whose key is among the keys.
func (k Keys) Count(ctx context.Context, q postgres.Querier, p Part) (n int64, err error) {
	if err := k.plan(ctx, q); err != nil {
		return 0, err
	}
	sql := "with sf_keys as materialized (" + k.typed("$2", p.Key) + ") select count(*) from " + p.From.SQL() +
		" c where exists (select from sf_keys k where " + equal(p.Key, "k.") + ")"
	if err := q.QueryRow(ctx, sql, pgx.QueryExecModeExec, k.Run, p.Table).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the rows of %s: %w", p.From, err)
	}
	return n, nil
}

// See marks the keys that were asked for and of which the part has a row.
func (k Keys) See(ctx context.Context, q postgres.Querier, p Part) error {
	if err := k.plan(ctx, q); err != nil {
		return err
	}
	sql := "with sf_keys as materialized (select key as sf_key, " + strings.TrimPrefix(k.typed("$2", p.Key), "select distinct ") + " and place is not null and not seen)" +
		", sf_seen as (select distinct k.sf_key from sf_keys k join " + p.From.SQL() + " c on " + equal(p.Key, "k.") + ")" +
		" update " + k.In.SQL() + " o set seen = true from sf_seen where o.run = $1 and o.table_name = $2 and o.key = sf_seen.sf_key"
	if _, err := q.Exec(ctx, sql, pgx.QueryExecModeExec, k.Run, p.Table); err != nil {
		return fmt.Errorf("look for the keys in %s: %w", p.From, err)
	}
	return nil
}

// Delete deletes the part's rows whose key is among the keys, and returns how many went. It
// fails with a [KeptError] where some stay, as a trigger may have it.
func (k Keys) Delete(ctx context.Context, q postgres.Querier, p Part) (int64, error) {
	if err := k.plan(ctx, q); err != nil {
		return 0, err
	}
	sql := "with sf_keys as materialized (" + k.typed("$2", p.Key) + ") delete from " + p.From.SQL() +
		" c using sf_keys k where " + equal(p.Key, "k.")
	tag, err := q.Exec(ctx, sql, pgx.QueryExecModeExec, k.Run, p.Table)
	if err != nil {
		return 0, fmt.Errorf("erase from %s: %w", p.From, err)
	}
	left, err := k.Count(ctx, q, p)
	if err == nil && left > 0 {
		err = &KeptError{From: p.From, Rows: left}
	}
	return tag.RowsAffected(), err
}

// KeptError says that rows are still there after they were deleted.
type KeptError struct {
	From relation.Relation
	Rows int64
}

func (e *KeptError) Error() string {
	return fmt.Sprintf("expected no row of the keys in %s after they were deleted, found %d: a trigger or a rule keeps them", e.From, e.Rows)
}

// fewKeys is up to how many keys rows may be looked for key by key, by an index.
const fewKeys = 500

// plan keeps the planner, for the rest of the transaction, from looking for many keys one by
// one: it knows nothing of keys that were just entered, and takes them for a few.
func (k Keys) plan(ctx context.Context, q postgres.Querier) error {
	sql := "select pg_catalog.set_config('enable_nestloop', case when count(*) > " + strconv.Itoa(fewKeys) + " then 'off' else 'on' end, true) from (select from " +
		k.In.SQL() + " where run = $1 limit " + strconv.Itoa(fewKeys+1) + ") k"
	if _, err := q.Exec(ctx, sql, pgx.QueryExecModeExec, k.Run); err != nil {
		return fmt.Errorf("count the keys: %w", err)
	}
	return nil
}

// typed are the keys of a table, of the parameter that names it, as values.
func (k Keys) typed(table string, columns []Column) string {
	values := make([]string, len(columns))
	for i, c := range columns {
		values[i] = "key[" + strconv.Itoa(i+1) + "]::" + c.Cast + " as " + place(i)
	}
	return "select distinct " + strings.Join(values, ", ") + " from " + k.In.SQL() + " where run = $1 and table_name = " + table +
		" and cardinality(key) = " + strconv.Itoa(len(columns))
}

func place(i int) string { return "sf_k" + strconv.Itoa(i) }

func texts(columns []Column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = "c." + relation.Quote(c.Name) + "::text"
	}
	return strings.Join(out, ", ")
}

func equal(columns []Column, keys string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = "c." + relation.Quote(c.Name) + " = " + keys + place(i)
	}
	return strings.Join(out, " and ")
}

// All returns the keys, by table, for what was written about their rows; forms are the other
// texts that were written of a key, and open decrypts what is sealed beside those.
func (k Keys) All(ctx context.Context, q postgres.Querier, forms func(table string, key []string) [][]string, open redact.Opener) (*redact.Keys, error) {
	rows, err := q.Query(ctx, "select table_name, key from "+k.In.SQL()+" where run = $1", pgx.QueryExecModeExec, k.Run)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	all := &redact.Keys{}
	all.Opens(open)
	var table string
	var key []string
	if _, err := pgx.ForEachRow(rows, []any{&table, &key}, func() error {
		all.Add(table, key)
		for _, form := range forms(table, key) {
			all.Add(table, form)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	return all, nil
}
