package stage

import (
	"context"
	"slices"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// takeDelivery gives the batch of a restamp what it needs to be known by: the batch that
// delivered its rows, whose files delivered again are not new, and, of the tables that were
// not made again, what they were laid over.
func (w *work) takeDelivery(ctx context.Context, batch string) error {
	w.batch.Restamps = batch
	delivered, err := deliveredBy(ctx, w.Stager, batch)
	if err != nil || delivered == nil {
		return err
	}
	w.batch.Restamps = delivered.GetId()
	for _, f := range delivered.GetFiles() {
		f.SameAsOf = ""
		w.batch.Files = append(w.batch.Files, f)
	}
	last, err := store.LastPublished(ctx, w.Pool, w.req.Dataset.Name, w.req.AsOf)
	if err != nil {
		return err
	}
	for _, o := range last.GetOverlays() {
		table := o.GetBase().GetTable()
		now := w.req.base(table)
		if now.GetContentHash() == o.GetBase().GetContentHash() && !slices.ContainsFunc(w.batch.GetOverlays(), isOf(table)) {
			w.batch.Overlays = append(w.batch.Overlays, o)
		}
	}
	return nil
}

func isOf(table string) func(*ingestv1.Overlay) bool {
	return func(o *ingestv1.Overlay) bool { return o.GetBase().GetTable() == table }
}

// deliveredBy is the batch that delivered what a batch holds: itself, unless it was a restamp
// or a rollback; nil where nobody knows.
func deliveredBy(ctx context.Context, s *Stager, batch string) (*ingestv1.Batch, error) {
	for {
		b, err := store.Find(ctx, s.Pool, batch)
		if err != nil || b == nil {
			return nil, err
		}
		switch {
		case b.GetRestamps() != "":
			batch = b.GetRestamps()
		case b.GetRollback() != nil:
			batch = b.GetRollback().GetBatch()
		case b.GetOrigin() != "":
			batch = b.GetOrigin()
		default:
			return b, nil
		}
	}
}
