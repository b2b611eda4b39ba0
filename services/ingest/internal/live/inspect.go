package live

import (
	"context"
	"slices"

	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Found is what stands under the name of one table, and how it differs.
type Found struct {
	*Table
	// Of is the declaration.
	Of          *declared.Table
	Differences []relation.Difference
	// Renamed are the renames that were carried out and have been declared since.
	Renamed rename.Pairs
}

// Inspect looks at the live table of every one of the tables, in their order.
// openSchema says how the schema of a name is opened to the service.
func Inspect(ctx context.Context, q postgres.Querier, tables []*declared.Table, openSchema func(schema string) string) ([]Found, error) {
	names, err := called.Of(ctx, q, tables)
	if err != nil {
		return nil, err
	}
	all := make([]Found, 0, len(tables))
	open := map[string]rename.Pairs{}
	for _, t := range tables {
		l, err := find(ctx, q, t)
		if err != nil {
			return nil, err
		}
		l.rename(names[t.Name].Wanted)
		open[t.Name] = l.open
		all = append(all, Found{Table: l, Of: t, Renamed: l.renamed(t, names[t.Name])})
	}
	references, err := undeclaredReferences(ctx, q, seen(all), open)
	if err != nil {
		return nil, err
	}
	for i, f := range all {
		if f.Exists && !f.visible(f.Of) && f.isTable() {
			all[i].Differences = all[i].unseen(isNewParent(all, f.Of))
			continue
		}
		own := f.differences(f.Of, openSchema)
		if err := f.hindered(ctx, q, f.Of, own); err != nil {
			return nil, err
		}
		own = append(relation.Together(own), f.privileges(f.Of, isNewParent(all, f.Of))...)
		// A column that is dropped takes its foreign key with it, and one that refers is not
		// altered alone: who mends one after the other begins with the foreign keys.
		all[i].Differences = slices.Concat(references[f.Of.Name], own)
	}
	return all, nil
}

// unseen is what is said of a table whose layout is not told.
func (f *Found) unseen(parent bool) []relation.Difference {
	f.Renamed, f.open, f.both, f.stand = nil, nil, nil, nil
	if f.stranger(f.Of) {
		return []relation.Difference{f.unadopted(f.Of, parent)}
	}
	return f.privileges(f.Of, parent)
}

// seen are the tables whose layout may be told, and those that are yet to be made.
func seen(all []Found) []*declared.Table {
	var tables []*declared.Table
	for _, f := range all {
		if !f.Exists || f.visible(f.Of) {
			tables = append(tables, f.Of)
		}
	}
	return tables
}

// isNewParent is true of a table that one which is yet to be made refers to.
func isNewParent(all []Found, parent *declared.Table) bool {
	return slices.ContainsFunc(all, func(f Found) bool {
		return !f.Exists && slices.ContainsFunc(f.Of.References, func(r declared.Reference) bool { return r.Parent.Live == parent.Live })
	})
}
