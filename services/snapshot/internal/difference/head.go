package difference

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// head finds out where the rows of both are by now, and by which columns they are compared.
func (p pair) head(ctx context.Context, q postgres.Querier) (Head, error) {
	var h Head
	var err error
	if h.From, err = located(ctx, q, p.from); err != nil {
		return h, err
	}
	if h.To, err = located(ctx, q, p.to); err != nil {
		return h, err
	}
	var common []string
	for _, name := range h.To.Columns {
		if slices.Contains(h.From.Columns, name) {
			common = append(common, name)
		} else {
			h.OnlyTo = append(h.OnlyTo, name)
		}
	}
	for _, name := range h.From.Columns {
		if !slices.Contains(common, name) {
			h.OnlyFrom = append(h.OnlyFrom, name)
		}
	}
	if _, err := columns(ctx, q, h.From, common); err != nil {
		return h, err
	}
	all, err := columns(ctx, q, h.To, common)
	if err != nil {
		return h, err
	}
	key, err := keyOf(ctx, q, h.To)
	if err != nil {
		return h, err
	}
	for _, c := range all {
		if slices.Contains(key, c.Name) {
			h.Key = append(h.Key, c)
		} else {
			h.Columns = append(h.Columns, c)
		}
	}
	if len(h.Key) != len(key) {
		return h, changed(h.From, "expected the key (%s) of the other, found columns %s", strings.Join(key, ", "), strings.Join(h.From.Columns, ", "))
	}
	return h, nil
}

// located reads an entry again: by now its rows may be among the superseded ones.
func located(ctx context.Context, q postgres.Querier, e store.Entry) (store.Entry, error) {
	now, ok, err := store.Revision(ctx, q, e.Dataset, store.RevisionKey{Snapshot: e.Snapshot, AsOf: e.AsOf, Revision: e.Revision})
	if err != nil {
		return e, err
	}
	if !ok {
		return e, changed(e, "expected it in the catalog, found it no more")
	}
	if err := now.Retained(); err != nil {
		return now, err
	}
	if now.SupersededAt == nil {
		return now, nil
	}
	kept, err := store.IsKept(ctx, q, now)
	if err == nil && !kept {
		err = changed(now, "its rows were lost before it was superseded, and are kept nowhere")
	}
	return now, err
}

// columns are columns of an entry as they are where its rows lie.
func columns(ctx context.Context, q postgres.Querier, e store.Entry, names []string) ([]layout.Column, error) {
	all, missing, err := digest.Columns(ctx, q, e.Relation, names)
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, changed(e, "expected its rows in %s, found no such table", e.Relation)
	case len(missing) > 0:
		return nil, changed(e, "expected the columns %s in %s, found none", strings.Join(missing, ", "), e.Relation)
	}
	return all, nil
}

const keySQL = `
select a.attname::text
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_index i on i.indrelid = c.oid and i.indisprimary
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
 where n.nspname = $1 and c.relname = $2
 order by array_position(i.indkey, a.attnum)`

// keyOf are the columns by which a row of an entry is found: those of the primary key of
// where it lies that it was stamped with, which leaves out as_of.
func keyOf(ctx context.Context, q postgres.Querier, e store.Entry) ([]string, error) {
	rows, err := q.Query(ctx, keySQL, e.Relation.Schema, e.Relation.Name)
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", e.Relation, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", e.Relation, err)
	}
	key := slices.DeleteFunc(all, func(name string) bool { return !slices.Contains(e.Columns, name) })
	if len(key) == 0 {
		return nil, changed(e, "expected a primary key of %s, by which rows are compared, found none", e.Relation)
	}
	return key, nil
}

// changed is the error of an entry whose rows are not there as they were stamped.
func changed(e store.Entry, format string, args ...any) error {
	where := fmt.Sprintf("%s as of %s, revision %d", e.Snapshot, day(e.AsOf), e.Revision)
	says := fmt.Sprintf(format, args...)
	return problem.New(problem.RevisionChanged, "%s: %s", where, says).
		With("dataset", e.Dataset).With("as_of", day(e.AsOf)).Violate(e.Snapshot, "%s", says)
}
