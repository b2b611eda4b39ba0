// Package layout tells which columns a table has and by what key its rows are told apart:
// the numbers that PostgreSQL gives columns say whether one of a name is the one that it was.
// Dropping, adding or renaming a column rewrites no row, so that a footprint does not show it.
package layout

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// Layout is that of one table.
type Layout struct {
	// OID is that of the table: in one that was made anew the numbers of columns are others.
	OID uint32 `json:"oid"`
	// Columns that are not dropped, in order of their numbers.
	Columns []Column `json:"columns"`
	// Key is the numbers of the declared key's columns, in order; as it is recorded.
	Key []int `json:"key,omitempty"`
	// Keys are the sets of numbers that are unique in it, each in order; as it is found.
	Keys [][]int `json:"keys,omitempty"`
}

// Column is one column of a table.
type Column struct {
	// Number is pg_attribute.attnum: no other column of the table has it, ever.
	Number int    `json:"n"`
	Name   string `json:"name"`
	// Type is what format_type makes of it.
	Type string `json:"type"`
}

// Unique indexes count that hold for every row at every moment, as package live has it.
const layoutSQL = `
select coalesce((
    select pg_catalog.json_build_object('oid', c.oid::bigint,
        'columns', (
            select pg_catalog.json_agg(pg_catalog.json_build_object('n', a.attnum, 'name', a.attname,
                       'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum)
              from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
        'keys', (
            select pg_catalog.json_agg((select pg_catalog.json_agg(k order by k)
                                          from pg_catalog.unnest(i.indkey[0:i.indnkeyatts - 1]) k))
              from pg_catalog.pg_index i
             where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
               and i.indpred is null and i.indexprs is null))::text
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = r.schema and c.relname = r.name and c.relkind in ('r', 'p')), '')
  from unnest($1::text[], $2::text[]) with ordinality as r (schema, name, place)
 order by r.place`

// Of returns the layout of each table, in their order; nil where there is no table of the
// name. It reads the catalog alone.
func Of(ctx context.Context, q postgres.Querier, tables ...relation.Relation) ([]*Layout, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	rows, err := q.Query(ctx, layoutSQL, schemas, names)
	if err != nil {
		return nil, fmt.Errorf("look at the columns of tables: %w", err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look at the columns of tables: %w", err)
	}
	found := make([]*Layout, len(texts))
	for i, text := range texts {
		if found[i], err = Read(text); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Read reads a layout as [Layout.Recorded] writes it; nil of an empty text.
func Read(text string) (*Layout, error) {
	if text == "" {
		return nil, nil
	}
	var l Layout
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return nil, fmt.Errorf("read the layout of a table: %w", err)
	}
	return &l, nil
}

// Recorded is the layout as it is recorded of a table with a key of these columns; empty of nil.
func (l *Layout) Recorded(key []string) string {
	if l == nil {
		return ""
	}
	return (&Layout{OID: l.OID, Columns: l.Columns, Key: l.numbers(key)}).Again()
}

// Again is a layout that was recorded, to be recorded again.
func (l *Layout) Again() string {
	text, _ := json.Marshal(l) // numbers and texts alone
	return string(text)
}

// numbers are those of columns, in order; nil where any is missing.
func (l *Layout) numbers(names []string) []int {
	var all []int
	for _, name := range names {
		i := l.called(name)
		if i < 0 {
			return nil
		}
		all = append(all, l.Columns[i].Number)
	}
	slices.Sort(all)
	return all
}

func (l *Layout) called(name string) int {
	return slices.IndexFunc(l.Columns, func(c Column) bool { return c.Name == name })
}

func (l *Layout) numbered(number int) int {
	return slices.IndexFunc(l.Columns, func(c Column) bool { return c.Number == number })
}
