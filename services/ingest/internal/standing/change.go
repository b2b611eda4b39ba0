package standing

import (
	"context"

	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Change is what became of a live table since a publish left it.
type Change struct {
	// Left is how many rows it was left with, and Rows how many it has.
	Left, Rows int64
	// Written says that some of them were written since.
	Written bool
	// Gone says that there is no table of the name.
	Gone bool
	// Layout says in words what became of its columns and its key; empty where they are as
	// they were left.
	Layout []string
}

// Changes returns what became of the live tables of a dataset since they were left, by name:
// those that lost or gained rows, of which rows were written since, whose columns are others, or
// that are gone. Every table is counted. Of one that nobody recorded, nothing is known.
func Changes(ctx context.Context, q postgres.Querier, d *declared.Dataset) (map[relation.Relation]Change, error) {
	left, err := store.LiveLeft(ctx, q, d.Name)
	if err != nil {
		return nil, err
	}
	otherwise, err := laidOut(ctx, q, left, d.Tables)
	if err != nil {
		return nil, err
	}
	tables := relations(d.Tables)
	found, err := footprint.Of(ctx, q, tables...)
	if err != nil {
		return nil, err
	}
	changes := map[relation.Relation]Change{}
	for i, t := range tables {
		was, recorded := left[t]
		if !recorded {
			continue
		}
		change, err := compare(ctx, q, was, found[i])
		if err != nil {
			return nil, err
		}
		if change == nil && len(otherwise[t]) > 0 {
			change = &Change{Left: was.Rows, Rows: was.Rows}
		}
		if change != nil {
			change.Layout = otherwise[t]
			changes[t] = *change
		}
	}
	return changes, nil
}

// compare looks closely at a table; nil where it is as it was left.
func compare(ctx context.Context, q postgres.Querier, was store.LiveTable, found string) (*Change, error) {
	if found == "" {
		return &Change{Left: was.Rows, Gone: true}, nil
	}
	n, written, err := footprint.Count(ctx, q, was.Table, was.Footprint)
	if err != nil || n == was.Rows && !written {
		return nil, err
	}
	return &Change{Left: was.Rows, Rows: n, Written: written}, nil
}
