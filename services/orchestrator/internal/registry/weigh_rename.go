package registry

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// weighs is true of a difference that a change of this kind brings about: what is said of
// a column's type is none of its name. Columns that exchange their names are one
// difference, which is of no column.
func weighs(d *stepv1.RelationDifference, c diff.Change) bool {
	if c.Part != diff.Column || c.Action != diff.Changed {
		return comesOf(d, c)
	}
	if c.Field != "name" {
		return comesOf(d, c) && !d.GetOfName()
	}
	return d.GetOfName() && (d.GetColumn() == c.Name || slices.ContainsFunc(d.GetRenames(), func(r *stepv1.ColumnRename) bool { return r.GetFrom() == c.From }))
}

// renamedInstead says of a column that is new between two versions that the tables have it
// by the name that it is renamed from.
func renamedInstead(c diff.Change, d *datasetv1.Dataset, now step.Survey) diff.Change {
	if c.Part != diff.Column || c.Action != diff.Added {
		return c
	}
	live := relation.Relation{Schema: dataset.Schema(d), Name: c.Table}
	from := dataset.ColumnByName(dataset.TableByName(d, c.Table), c.Name).GetRenamedFrom()
	if from != "" && renamesIn(checkOf(now.All(), live), from) {
		c.Note = fmt.Sprintf(byRename, from)
	}
	return c
}
