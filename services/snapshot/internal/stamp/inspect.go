package stamp

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	renames "github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

//go:embed inspect.sql
var inspectSQL string

// found is what stands under the name of a snapshot's table.
type found struct {
	kind         string
	owner        string
	ours         bool
	partitioning string
	primaryKey   []string
	columns      []string
	stand        []string // the columns by the names that they have, before any is renamed
	types        []string
	rules        [][]string // kind, name, definition
	inTheWay     []string
	role         string   // the service's own
	blinded      []string // roles of services that row level security hides rows from
	// open are the columns that are to be renamed yet, both those of which the older name
	// stands and the newer; columns and primaryKey have the newer ones.
	open, both renames.Pairs
	// stamped are those of the columns beside the layout's, as they stand, that history was
	// stamped with.
	stamped []string
}

// inspect returns what stands under the name, or nil where nothing does. asOf is the
// date whose partition must not be there yet; empty for none in particular.
func inspect(ctx context.Context, q postgres.Querier, l layout.Layout, asOf string) (*found, error) {
	var f found
	err := q.QueryRow(ctx, inspectSQL, l.Table.Schema, l.Table.Name, asOf).Scan(&f.kind, &f.owner,
		&f.ours, &f.partitioning, &f.primaryKey, &f.columns, &f.types, &f.rules, &f.inTheWay, &f.role, &f.blinded)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at table %s: %w", l.Table, err)
	}
	f.stand = f.columns
	f.open, f.both = l.Renames.Among(f.stand)
	f.columns, f.primaryKey = f.open.AllNow(f.columns), f.open.AllNow(f.primaryKey)
	if beside := f.beside(l); len(beside) > 0 {
		f.stamped, err = store.StampedColumns(ctx, q, l.Table, beside)
	}
	return &f, err
}

// beside are the columns, as they stand, that the layout does not have, or has twice: by the
// name that it was renamed from and the newer one.
func (f *found) beside(l layout.Layout) (columns []string) {
	names := layout.Names(l.Columns())
	for i, name := range f.columns {
		if !slices.Contains(names, name) && name != layout.AsOf || f.both.Renames(name) {
			columns = append(columns, f.stand[i])
		}
	}
	for _, pair := range f.both {
		columns = append(columns, pair.To)
	}
	return columns
}

// checkTables returns SNAPSHOT_TABLE_DIFFERS, with every difference of every table,
// unless a partition of the as_of can be attached to each, or each can be made. Of a
// table whose as_of is stamped already only the columns count, unless it is superseded: a
// hash of content does not tell how its columns are called. What one of the remedies mended is for is mended
// before anything is attached, and no difference. It returns the layouts whose table has
// to be made.
func checkTables(ctx context.Context, q postgres.Querier, o Order, layouts []layout.Layout, stamped map[string]store.Entry, mended ...relation.Remedy) (missing []layout.Layout, err error) {
	differs := problem.New(problem.SnapshotTableDiffers, "")
	for _, l := range layouts {
		f, err := inspect(ctx, q, l, o.date())
		if err != nil {
			return nil, err
		}
		e, settled := stamped[l.Snapshot]
		wrong := differences(l, f)
		switch {
		case settled && f != nil && o.Supersede:
			f.inTheWay = nil // it is written into
			wrong = differences(l, f)
		case settled && f != nil:
			wrong = relation.Together(columnDifferences(settledLayout(l, e, f), f.plain()))
		case f == nil:
			missing = append(missing, l)
			if wrong, err = creatable(ctx, q, l, o.openSchema); err != nil {
				return nil, err
			}
		}
		if f != nil {
			if wrong, err = hindered(ctx, q, l, f, wrong); err != nil {
				return nil, err
			}
		}
		for _, w := range wrong {
			if slices.Contains(mended, w.Remedy) || settled && !o.Supersede && w.Remedy == relation.ByMigration {
				continue // an equal value has the same text in both types
			}
			differs = differs.Violate(l.Table.String(), "%s", w)
		}
	}
	if len(differs.Violations) == 0 {
		return missing, nil
	}
	said := make([]string, len(differs.Violations))
	for i, v := range differs.Violations {
		said[i] = v.Subject + ": " + v.Description
	}
	differs.Message = "snapshots cannot be stamped into the tables that are there: " + strings.Join(said, "; ") +
		"; mend that, or rename the snapshot in the dataset, or move the existing table out of the way"
	return nil, differs
}

// settledLayout is the layout that the table of a stamped as_of must have: the columns
// that it was stamped with. Those that the dataset has got since may be there or not.
func settledLayout(l layout.Layout, e store.Entry, f *found) layout.Layout {
	then, _ := l.Stamped(e.Columns)
	without := l.Without(e.Columns)
	since := func(c layout.Column) bool {
		return slices.Contains(without, c.Name) && slices.Contains(f.columns, c.Name)
	}
	for _, c := range l.Key {
		if since(c) {
			then.Key = append(then.Key, c)
		}
	}
	for _, c := range l.Rest {
		if since(c) {
			then.Rest = append(then.Rest, c)
		}
	}
	return then
}
