package trainingset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// measured are the columns of the set, those that are numeric without a limit with the
// precision and scale that hold every value of the revisions that they come from: the
// decimals of a typed file depend on the list of revisions alone.
func (r *Recipe) measured(ctx context.Context, tx pgx.Tx) ([]layout.Column, error) {
	sizes := map[string]digits{}
	all := pins(r.joins)
	for _, t := range r.Set.tables() {
		wanted := slices.DeleteFunc(slices.Concat(t.Key, t.Columns), func(c layout.Column) bool { return !limitless(c) })
		for _, p := range all {
			if p.Snapshot != t.Snapshot || len(wanted) == 0 {
				continue
			}
			found, err := widest(ctx, tx, place(p.Snapshot, p.AsOf), t.of(p), wanted)
			if err != nil {
				return nil, err
			}
			grow(sizes, t, wanted, found)
		}
	}
	if err := r.measuredRows(ctx, tx, sizes); err != nil {
		return nil, err
	}
	columns, entries := r.Set.columns(), r.Set.columnEntries()
	for i, c := range columns {
		if limitless(c) {
			columns[i].Type = sizes[entries[i].Source].of(c.Type)
		}
	}
	return columns, nil
}

// measuredRows measures the key of rows that somebody brought.
func (r *Recipe) measuredRows(ctx context.Context, tx pgx.Tx, sizes map[string]digits) error {
	wanted := slices.DeleteFunc(slices.Clone(r.Set.Entities.Key), func(c layout.Column) bool { return !limitless(c) })
	if r.Set.Given == nil || len(wanted) == 0 {
		return nil
	}
	for _, j := range r.joins {
		found, err := widest(ctx, tx, "the entity rows", r.Set.entities(j), wanted)
		if err != nil {
			return err
		}
		grow(sizes, r.Set.Entities, wanted, found)
	}
	return nil
}

// grow makes room for what was found in some columns of a table.
func grow(sizes map[string]digits, t Table, columns []layout.Column, found []digits) {
	for i, c := range columns {
		source := t.Snapshot + "." + c.Name
		sizes[source] = sizes[source].atLeast(found[i])
	}
}

// limitless says whether a column is numeric of any number of digits.
func limitless(c layout.Column) bool {
	return c.Type.Name == dataset.Numeric && c.Type.Precision == 0
}

// digits are how many the values of a column have at most, before and behind the point.
type digits struct{ before, behind int }

func (d digits) atLeast(other digits) digits {
	return digits{max(d.before, other.before), max(d.behind, other.behind)}
}

// of is a numeric type with room for so many.
func (d digits) of(t dataset.ColumnType) dataset.ColumnType {
	t.Precision, t.Scale = max(d.before+d.behind, 1), d.behind
	return t
}

// widest looks at some columns of what is called by a name, in one pass and without a join.
func widest(ctx context.Context, tx pgx.Tx, name, from string, columns []layout.Column) ([]digits, error) {
	asked, into := make([]string, 0, 2*len(columns)), make([]any, 0, 2*len(columns))
	behind, greatest := make([]int, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		column := relation.Quote(c.Name)
		asked = append(asked, "coalesce(max(scale(trim_scale("+column+"))), 0)", "coalesce(trunc(max(abs("+column+")))::text, '0')")
		into = append(into, &behind[i], &greatest[i])
	}
	if err := tx.QueryRow(ctx, "select "+strings.Join(asked, ", ")+" from "+from+" m").Scan(into...); err != nil {
		return nil, fmt.Errorf("measure the decimals of %s: %w", name, err)
	}
	found := make([]digits, len(columns))
	for i := range columns {
		found[i] = digits{len(strings.TrimLeft(greatest[i], "0")), behind[i]}
	}
	return found, nil
}
