package erase

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// place is a relation of history that holds rows of a table: those of a revision, or what is
// kept of an incremental extract.
type place struct {
	erasing.Part
	// entry is the catalog's; nil of a delta.
	entry *store.Entry
	delta *store.Delta
	// dropped says that retention drops the date: its table may be gone already, and where it
	// is not, because somebody reads it or the dropping broke off, no key stays in it either.
	dropped bool
}

// work is the erasing of one order inside its transaction.
type work struct {
	order  Order
	conn   *pgx.Conn
	places []place
	result *stepv1.EraseResult
}

// look finds every relation of history that may hold rows of the dataset's tables. What it
// cannot look into it names.
func look(ctx context.Context, conn *pgx.Conn, o Order) (*work, error) {
	if err := store.LockForErase(ctx, conn, o.Dataset.GetName()); err != nil {
		return nil, err
	}
	layouts, err := called.Of(ctx, conn, o.Layouts)
	if err != nil {
		return nil, err
	}
	w := &work{order: o, conn: conn, result: &stepv1.EraseResult{}}
	entries, err := store.AllRevisions(ctx, conn, o.Dataset.GetName())
	if err != nil {
		return nil, err
	}
	dropped := map[time.Time]bool{}
	for _, e := range entries {
		dropped[e.AsOf] = e.DroppedAt != nil
		what := fmt.Sprintf("revision %d of %s as of %s", e.Revision, e.Snapshot, e.AsOf.Format("2006-01-02"))
		if err := w.put(ctx, layouts, what, e.Snapshot, e.Relation, place{entry: &e, dropped: dropped[e.AsOf]}); err != nil {
			return nil, err
		}
	}
	deltas, err := store.AllDeltas(ctx, conn, o.Dataset.GetName())
	if err != nil {
		return nil, err
	}
	for _, d := range deltas {
		what := fmt.Sprintf("the delivered rows of %s as of %s", d.Snapshot, d.AsOf.Format("2006-01-02"))
		if err := w.put(ctx, layouts, what, d.Snapshot, d.Relation, place{delta: &d, dropped: dropped[d.AsOf]}); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *work) put(ctx context.Context, layouts []layout.Layout, what, snapshot string, from relation.Relation, p place) error {
	i := slices.IndexFunc(layouts, func(l layout.Layout) bool { return l.Snapshot == snapshot })
	if i < 0 {
		w.passOver("%s: the snapshot is not declared any more", what)
		return nil
	}
	columns, err := store.ColumnsOf(ctx, w.conn, from)
	if err != nil {
		return err
	}
	if len(columns) == 0 && p.dropped {
		return nil
	}
	if len(columns) == 0 {
		w.passOver("%s: its table %s is gone", what, from)
		return nil
	}
	then, _ := layouts[i].Stamped(columns)
	if len(then.Key) < len(layouts[i].Key) {
		w.passOver("%s: %s lacks columns of the key", what, from)
		return nil
	}
	p.Part = w.part(then, layouts[i], from)
	w.places = append(w.places, p)
	return nil
}

// part is a relation by the names that its columns have there, the key in declared order.
func (w *work) part(then, declared layout.Layout, from relation.Relation) erasing.Part {
	p := erasing.Part{Table: declared.From, From: from}
	all := then.Columns()
	column := func(name string) (erasing.Column, bool) {
		i := slices.IndexFunc(all, func(c layout.Column) bool { return c.Name == name })
		if i < 0 {
			return erasing.Column{}, false
		}
		return erasing.Column{Name: all[i].InHistory(), Cast: all[i].Type.Cast()}, true
	}
	table := dataset.TableByName(w.order.Dataset, declared.From)
	for _, k := range table.GetKey() {
		c, _ := column(k) // it has all of the key
		p.Key = append(p.Key, c)
	}
	for _, r := range table.GetReferences() {
		to := erasing.Reference{Parent: r.GetTable()}
		for _, name := range r.GetColumns() {
			if c, ok := column(name); ok {
				to.Columns = append(to.Columns, c)
			}
		}
		if len(to.Columns) == len(r.GetColumns()) {
			p.References = append(p.References, to)
		}
	}
	return p
}

func (w *work) passOver(format string, args ...any) {
	w.result.PassedOver = append(w.result.PassedOver, fmt.Sprintf(format, args...))
}

// add tells of rows of a place, if there are any.
func (w *work) add(p place, n int64) {
	if n == 0 {
		return
	}
	r := &stepv1.ErasedRows{Table: p.Table, Rows: n}
	if p.entry != nil {
		r.From, r.Snapshot, r.Revision, r.Batch = stepv1.ErasedFrom_ERASED_FROM_REVISION, p.entry.Snapshot, p.entry.Revision, p.entry.Batch
		r.AsOf = p.entry.AsOf.Format("2006-01-02")
	} else {
		r.From, r.Snapshot, r.Batch = stepv1.ErasedFrom_ERASED_FROM_DELTA, p.delta.Snapshot, p.delta.Batch
		r.AsOf = p.delta.AsOf.Format("2006-01-02")
	}
	w.result.Rows = append(w.result.Rows, r)
}
