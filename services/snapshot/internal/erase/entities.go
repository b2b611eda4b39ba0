package erase

import (
	"context"
	"slices"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// entities erases from the rows that somebody brought and training sets were built from, or
// only counts them. A set that loses some cannot be made again, and says so.
func (w *work) entities(ctx context.Context, look bool) error {
	sets, err := store.BroughtSets(ctx, w.conn, w.order.Dataset.GetName())
	if err != nil {
		return err
	}
	keys := store.KeysOf{In: w.order.Keys, Run: w.order.Run}
	for _, set := range sets {
		recipe, err := trainingset.Parse(set.Manifest)
		if err != nil {
			w.passOver("the entity rows of training set %s: %v", set.ID, err)
			continue
		}
		mentions := w.mentions(set.ID, recipe)
		if len(mentions) == 0 {
			continue
		}
		n, err := keys.CountMentioning(ctx, w.conn, set.ID, mentions)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if look {
			err = w.seen(ctx, keys, set.ID, mentions)
		} else {
			err = keys.EraseMentioning(ctx, w.conn, store.EntitiesErased{
				TrainingSet: set.ID, RequestedBy: w.order.RequestedBy, Reason: w.order.Reason, Rows: n,
			}, mentions)
		}
		if err != nil {
			return err
		}
		w.result.Rows = append(w.result.Rows, &stepv1.ErasedRows{
			From: stepv1.ErasedFrom_ERASED_FROM_ENTITIES, Snapshot: recipe.EntitySnapshot(), TrainingSet: set.ID, Rows: n,
		})
	}
	return nil
}

func (w *work) seen(ctx context.Context, keys store.KeysOf, set string, mentions []store.Mention) error {
	for _, m := range mentions {
		if err := keys.SeeMentioned(ctx, w.conn, set, m); err != nil {
			return err
		}
	}
	return nil
}

// mentions are the ways in which entity rows of a set may hold a key: as that of the
// entities, of what features join by, or of a row that one of these refers to.
func (w *work) mentions(set string, recipe *trainingset.Recipe) []store.Mention {
	given := rowsGiven{columns: recipe.EntityColumns()}
	for _, used := range recipe.Tables() {
		ofEntities := used.Snapshot == recipe.EntitySnapshot()
		i := slices.IndexFunc(w.order.Layouts, func(l layout.Layout) bool { return l.Snapshot == used.Snapshot })
		if i < 0 {
			if ofEntities {
				w.passOver("the entity rows of training set %s: snapshot %s is not declared any more", set, used.Snapshot)
			}
			continue
		}
		table := dataset.TableByName(w.order.Dataset, w.order.Layouts[i].From)
		given.may(table, table, table.GetKey())
		for _, r := range table.GetReferences() {
			// A feature's row is the entity's by its key alone: another column of it that has
			// the name of one of the entities' is none of theirs.
			if ofEntities || isPart(r.GetColumns(), table.GetKey()) {
				given.may(dataset.TableByName(w.order.Dataset, r.GetTable()), table, r.GetColumns())
			}
		}
	}
	return given.mentions
}

func isPart(names, of []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(of, n) })
}

// rowsGiven are the columns of entity rows, and what they may mention.
type rowsGiven struct {
	columns  []layout.Column
	mentions []store.Mention
}

// may notes that columns of a table, by their names there, hold a key of another, or of the
// same one; not where the entity rows lack one of them.
func (g *rowsGiven) may(parent, table *datasetv1.Table, names []string) {
	m := store.Mention{Table: parent.GetName()}
	for i, name := range names {
		at := g.place(dataset.ColumnByName(table, name))
		kind, err := dataset.ParseType(dataset.ColumnByName(parent, parent.GetKey()[i]).GetType())
		if at < 0 || err != nil {
			return
		}
		m.Values = append(m.Values, store.MentionedValue{Place: at + 1, Cast: kind.Cast()})
	}
	if !slices.ContainsFunc(g.mentions, func(o store.Mention) bool { return o.Table == m.Table && slices.Equal(o.Values, m.Values) }) {
		g.mentions = append(g.mentions, m)
	}
}

// place finds a column among those of the entity rows, which have the names of their time.
func (g *rowsGiven) place(c *datasetv1.Column) int {
	for _, name := range []string{c.GetName(), c.GetRenamedFrom()} {
		at := slices.IndexFunc(g.columns, func(of layout.Column) bool { return of.Name == name })
		if name != "" && at >= 0 {
			return at
		}
	}
	return -1
}
