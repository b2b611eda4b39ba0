package stage

import (
	"context"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// veil shows the values of a table to people.
func (w *work) veil(t *declared.Table) *personal.Veil { return w.Keys.Veil(w.req.Dataset.Veiled(t)) }

// settle hides in all findings what stands for values of columns that have few of them. A
// finding may have values of several tables: what follows from it is one of another.
func (w *work) settle(ctx context.Context, deliveries []*delivery) error {
	for _, d := range deliveries {
		var rows relation.Relation
		if c := d.candidate(); c != nil {
			rows = relation.Of(c.GetRelation())
		}
		settled, err := d.veil.Settle(ctx, w.Pool, rows)
		if err != nil {
			return err
		}
		for _, f := range w.batch.GetFindings() {
			settled.Message(f)
		}
	}
	return nil
}
