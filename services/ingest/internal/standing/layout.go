package standing

import (
	"context"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/layout"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Layouts says in words what became of the columns and keys of live tables since they were
// left, by name; nothing of those that are as they were, are gone, or of which a version before
// recorded none. No row is read.
func Layouts(ctx context.Context, q postgres.Querier, dataset string, tables []*declared.Table) (map[relation.Relation][]string, error) {
	left, err := store.LiveLeft(ctx, q, dataset)
	if err != nil {
		return nil, err
	}
	return laidOut(ctx, q, left, tables)
}

func laidOut(ctx context.Context, q postgres.Querier, left map[relation.Relation]store.LiveTable, tables []*declared.Table) (map[relation.Relation][]string, error) {
	found, err := layout.Of(ctx, q, relations(tables)...)
	if err != nil {
		return nil, err
	}
	otherwise := map[relation.Relation][]string{}
	for i, t := range tables {
		recorded, err := layout.Read(left[t.Live].Layout)
		if err != nil {
			return nil, err
		}
		if recorded == nil || found[i] == nil {
			continue
		}
		if said := found[i].Changes(recorded, t); len(said) > 0 {
			otherwise[t.Live] = said
		}
	}
	return otherwise, nil
}

// Renamed has the record of a live table follow columns that a version has renamed: they are
// what they were.
func Renamed(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, pairs rename.Pairs) error {
	return follow(ctx, q, dataset, t, func(recorded *layout.Layout) error {
		recorded.Renamed(pairs)
		return nil
	})
}

// Altered has it follow columns that a version has added or given another type.
func Altered(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, columns []string) error {
	return follow(ctx, q, dataset, t, func(recorded *layout.Layout) error {
		found, err := layout.Of(ctx, q, t.Live)
		if err == nil && found[0] != nil {
			recorded.Altered(found[0], columns)
		}
		return err
	})
}

// follow changes what is recorded of a table, where anything is.
func follow(ctx context.Context, q postgres.Querier, dataset string, t *declared.Table, change func(recorded *layout.Layout) error) error {
	left, err := store.LiveLeft(ctx, q, dataset)
	if err != nil {
		return err
	}
	recorded, err := layout.Read(left[t.Live].Layout)
	if err != nil || recorded == nil {
		return err
	}
	if err := change(recorded); err != nil {
		return err
	}
	return store.KeepLayout(ctx, q, t.Live, recorded.Again())
}
