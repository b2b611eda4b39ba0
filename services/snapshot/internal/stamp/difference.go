package stamp

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// shownKeys is how many keys of rows that differ are named. Fewer, and a pattern in them
// does not show; more, and the message is no sentence any more.
const shownKeys = 5

// difference is how the rows of a delivery differ from those that are stamped.
type difference struct {
	// gone are stamped and not delivered, added delivered and not stamped.
	gone, added, changed int64
	columns              []changedColumn
	first                []differingRow
}

// changedColumn is a column, and in how many of the changed rows it differs.
type changedColumn struct {
	name string
	rows int64
}

// differingRow is one row that differs: its key, and how.
type differingRow struct {
	key         []string
	gone, added bool
	columns     []string
}

// differ compares the stamped rows with those of a candidate, as PostgreSQL compares
// values. It returns nil where one of the two is not there to be compared.
func differ(ctx context.Context, q postgres.Querier, l layout.Layout, stamped, candidate relation.Relation) (*difference, error) {
	for _, r := range []relation.Relation{stamped, candidate} {
		there, err := isThere(ctx, q, r)
		if !there || err != nil {
			return nil, err
		}
	}
	d := &difference{}
	var changed []int64
	err := q.QueryRow(ctx, countDifferences(l, stamped, candidate), pgx.QueryExecModeExec).Scan(&d.gone, &d.added, &d.changed, &changed)
	if err != nil {
		return nil, fmt.Errorf("compare %s with %s: %w", stamped, candidate, err)
	}
	for i, c := range l.Rest {
		if changed[i] > 0 {
			d.columns = append(d.columns, changedColumn{c.Name, changed[i]})
		}
	}
	rows, err := q.Query(ctx, listDifferences(l, stamped, candidate), pgx.QueryExecModeExec, shownKeys)
	if err != nil {
		return nil, fmt.Errorf("list how %s differs from %s: %w", stamped, candidate, err)
	}
	d.first, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r differingRow, err error) {
		var differs []bool
		err = row.Scan(&r.key, &r.gone, &r.added, &differs)
		for i, yes := range differs {
			if yes && !r.gone && !r.added {
				r.columns = append(r.columns, l.Rest[i].Name)
			}
		}
		return r, err
	})
	return d, err
}

// hide shows the keys of the first rows as the veil does; rows is where they were delivered.
func (d *difference) hide(ctx context.Context, q postgres.Querier, veil *personal.Veil, rows relation.Relation) error {
	if d == nil || !veil.Any() {
		return nil
	}
	for i, r := range d.first {
		d.first[i].key = veil.Key(r.key)
	}
	settled, err := veil.Settle(ctx, q, rows)
	for _, r := range d.first {
		for i := range r.key {
			r.key[i] = settled.Text(r.key[i])
		}
	}
	return err
}

const thereSQL = `
select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
               where n.nspname = $1 and c.relname = $2)`

func isThere(ctx context.Context, q postgres.Querier, r relation.Relation) (there bool, err error) {
	if err := q.QueryRow(ctx, thereSQL, r.Schema, r.Name).Scan(&there); err != nil {
		return false, fmt.Errorf("look for %s: %w", r, err)
	}
	return there, nil
}

// rows is how many rows differ in one way or another.
func (d *difference) rows() int64 { return d.gone + d.added + d.changed }

// String says how many rows differ and how, in which columns, and the first of them.
func (d *difference) String() string {
	var ways, columns, keys []string
	for _, w := range []struct {
		n    int64
		what string
	}{{d.changed, "changed"}, {d.added, "only delivered"}, {d.gone, "only stamped"}} {
		if w.n > 0 {
			ways = append(ways, prose.Number(w.n)+" "+w.what)
		}
	}
	said := prose.Count(d.rows(), "row") + " differ (" + strings.Join(ways, ", ") + ")"
	if d.rows() == 1 {
		said = "1 row differs (" + strings.Join(ways, ", ") + ")"
	}
	for _, c := range d.columns {
		columns = append(columns, fmt.Sprintf("%s (%s)", c.name, prose.Number(c.rows)))
	}
	if len(columns) > 0 {
		said += ", in " + strings.Join(shorten(columns), ", ")
	}
	for _, r := range d.first {
		keys = append(keys, r.String())
	}
	return said + ": " + strings.Join(keys, ", ") + more(d.rows()-int64(len(d.first)))
}

// shownColumns is how many columns are named. A wrong delimiter changes all 1,500.
const shownColumns = 8

func shorten(columns []string) []string {
	if n := len(columns) - shownColumns; n > 0 {
		return append(columns[:shownColumns:shownColumns], fmt.Sprintf("%d more", n))
	}
	return columns
}

func more(n int64) string {
	if n <= 0 {
		return ""
	}
	return " and " + prose.Number(n) + " more"
}

// shownRunes is how much of a key is shown.
const shownRunes = 40

// String names the row by its key: in quotes, by which a key that is erased is found in
// sentences.
func (r differingRow) String() string {
	key := strings.Join(r.key, ", ")
	if runes := []rune(key); len(runes) > shownRunes {
		key = string(runes[:shownRunes]) + "…"
	}
	key = strconv.Quote(key)
	switch {
	case r.gone:
		return key + " only stamped"
	case r.added:
		return key + " only delivered"
	}
	return key + " in " + strings.Join(shorten(r.columns), ", ")
}
