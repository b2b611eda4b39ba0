// Package restamp finds what an as_of that is stale is made again from: the rows that were
// delivered of its tables with an incremental extract, as they are kept, and the revisions
// that hold its other tables. It writes nothing, and says where something is not kept.
package restamp

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/assemble"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Wanted is an as_of that is to be made again.
type Wanted struct {
	Dataset *datasetv1.Dataset
	Layouts []layout.Layout
	AsOf    time.Time
}

// Kept are the rows of one table as they were delivered.
type Kept struct {
	Table string
	Delta store.Delta
	// Layout has the columns that were delivered, and what they are called where they stand.
	Layout layout.Layout
}

// Found is what an as_of is made again from.
type Found struct {
	// Kept are of the tables that are stale, in the dataset's order; none where nothing is.
	Kept []Kept
	// Tables are the others, as they are stamped.
	Tables []assemble.Table
}

// Dates names the dates from one on of which a snapshot of the layouts is stale, in their
// order, YYYY-MM-DD.
func Dates(ctx context.Context, q postgres.Querier, name string, layouts []layout.Layout, from time.Time) ([]string, error) {
	stale, err := store.StaleOf(ctx, q, name)
	if err != nil {
		return nil, err
	}
	dates := map[string]bool{}
	for k := range stale {
		if k.AsOf >= dataset.FormatAsOf(from) && slices.ContainsFunc(layouts, func(l layout.Layout) bool { return l.Snapshot == k.Snapshot }) {
			dates[k.AsOf] = true
		}
	}
	return slices.Sorted(maps.Keys(dates)), nil
}

// Find finds what the as_of is made again from. Errors: RESTAMP_REFUSED, REVISION_CHANGED.
func Find(ctx context.Context, q postgres.Querier, w Wanted) (*Found, error) {
	stale, err := store.StaleOf(ctx, q, w.Dataset.GetName())
	if err != nil {
		return nil, err
	}
	f := finder{Wanted: w, declared: w.Layouts, q: q, stale: stale}
	if f.Layouts, err = called.Of(ctx, q, w.Layouts); err != nil {
		return nil, err
	}
	entries, err := store.Current(ctx, q, w.Dataset.GetName(), w.AsOf)
	if err != nil {
		return nil, err
	}
	f.current = map[string]store.Entry{}
	for _, e := range entries {
		f.current[e.Snapshot] = e
	}
	if f.deltas, err = store.Deltas(ctx, q, w.Dataset.GetName(), w.AsOf); err != nil {
		return nil, err
	}
	return f.find(ctx)
}

// finder looks at one as_of.
type finder struct {
	Wanted
	// declared are the layouts as they were before history's names were looked up.
	declared []layout.Layout
	q        postgres.Querier
	stale    map[store.StaleKey]store.Stale
	current  map[string]store.Entry
	deltas   []store.Delta
}

func (f *finder) find(ctx context.Context) (*Found, error) {
	found := &Found{}
	others := maps.Clone(f.current)
	for _, t := range f.Dataset.GetTables() {
		if !f.isStale(t.GetName()) {
			continue
		}
		for _, l := range f.Layouts {
			if l.From == t.GetName() {
				delete(others, l.Snapshot)
			}
		}
		kept, err := f.kept(ctx, t)
		if err != nil {
			return nil, err
		}
		found.Kept = append(found.Kept, *kept)
	}
	if len(found.Kept) == 0 {
		return found, nil
	}
	var err error
	found.Tables, _, err = assemble.Tables(ctx, f.q, f.Dataset, f.declared, others)
	return found, err
}

// isStale says whether a snapshot of a table is.
func (f *finder) isStale(table string) bool {
	return slices.ContainsFunc(f.Layouts, func(l layout.Layout) bool {
		_, stale := f.stale[store.StaleKey{Snapshot: l.Snapshot, AsOf: dataset.FormatAsOf(f.AsOf)}]
		return stale && l.From == table
	})
}

// kept finds the delivered rows of a table, and refuses those that would not give what was
// delivered over what stands before it now.
func (f *finder) kept(ctx context.Context, t *datasetv1.Table) (*Kept, error) {
	if !dataset.Incremental(t) {
		return nil, f.refuse(t, "it is declared to be delivered whole by now")
	}
	if err := f.standsWell(ctx, t); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(f.deltas, func(d store.Delta) bool { l := f.layoutOf(d.Snapshot); return l != nil && l.From == t.GetName() })
	if at < 0 {
		return nil, f.refuse(t, "the rows that were delivered are not kept")
	}
	d := f.deltas[at]
	entry := f.current[d.Snapshot]
	by, err := store.StoodOnBy(ctx, f.q, entry)
	if err != nil {
		return nil, err
	}
	emptied := entry.Restores > 0 && d.Batch == entry.Batch // by a rollback, as it was once
	if emptied || !slices.Contains(by, d.Batch) {
		return nil, f.refuse(t, "the rows that are kept are those of %s, and what is current is not made of them: it was rolled back", d.Batch)
	}
	stand, err := store.ColumnsOf(ctx, f.q, d.Relation)
	if err != nil {
		return nil, err
	}
	if len(stand) == 0 {
		return nil, f.refuse(t, "%s, which kept the rows that were delivered, is gone", d.Relation)
	}
	then, _ := f.layoutOf(d.Snapshot).Stamped(entry.Columns)
	k := &Kept{Table: t.GetName(), Delta: d, Layout: then.Among(stand)}
	return k, f.complete(t, k, stand)
}

// complete refuses rows without a column that the table must have by now, or that stands no
// more where they are.
func (f *finder) complete(t *datasetv1.Table, k *Kept, stand []string) error {
	has := k.Layout.Columns()
	for _, c := range has {
		if !slices.Contains(stand, c.InHistory()) {
			return f.refuse(t, "%s has no column %s any more", k.Delta.Relation, c.InHistory())
		}
	}
	for _, c := range t.GetColumns() {
		delivered := slices.ContainsFunc(has, func(l layout.Column) bool { return l.Name == c.GetName() })
		if !delivered && !c.GetOptional() {
			return f.refuse(t, "it was delivered without %s, which it must have by now", c.GetName())
		}
	}
	return nil
}

// standsWell refuses a table under which nothing stands any more, or a state that is stale
// itself: what is laid over it would be stale again.
func (f *finder) standsWell(ctx context.Context, t *datasetv1.Table) error {
	snapshot := dataset.BaseSnapshot(f.Dataset, t).GetName()
	first := ""
	for at := f.AsOf; ; {
		before, err := store.Before(ctx, f.q, f.Dataset.GetName(), snapshot, at)
		if err != nil {
			return err
		}
		if before == nil && first == "" {
			return f.refuse(t, "nothing of %s is stamped before it any more", snapshot)
		}
		if before == nil {
			break
		}
		if _, stale := f.stale[before.Key()]; !stale {
			break
		}
		at, first = before.AsOf, dataset.FormatAsOf(before.AsOf)
	}
	if first == "" {
		return nil
	}
	return f.refuse(t, beginWith+"%s", first)
}

// beginWith begins what is said of a date of which an earlier one has to be made again first.
const beginWith = "it stands on a state that is stale itself: begin with "

func (f *finder) layoutOf(snapshot string) *layout.Layout {
	i := slices.IndexFunc(f.Layouts, func(l layout.Layout) bool { return l.Snapshot == snapshot })
	if i < 0 {
		return nil
	}
	return &f.Layouts[i]
}

func (f *finder) refuse(t *datasetv1.Table, format string, args ...any) error {
	why, asOf := fmt.Sprintf(format, args...), dataset.FormatAsOf(f.AsOf)
	do := ""
	if !strings.HasPrefix(why, beginWith) {
		do = "; deliver " + asOf + " again with --supersede, the whole table with --full-extract, and go on from the date after it"
	}
	return problem.New(problem.RestampRefused, "%s as of %s cannot be made again: %s%s", t.GetName(), asOf, why, do).
		With("dataset", f.Dataset.GetName()).With("as_of", asOf).With("table", t.GetName()).Violate(t.GetName(), "%s", why)
}
