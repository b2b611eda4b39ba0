package publish

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/services/ingest/internal/bringing"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// superseding says that the batch corrects the as_of that live holds.
func (w *work) superseding() bool { return w.req.Supersede && w.batch.GetAsOf() == w.watermark }

// lookAtBrought finds out what is known of the keys that the as_of brought into a table
// that stands.
func (w *work) lookAtBrought(ctx context.Context, t staged) (fresh bool, err error) {
	last, err := store.BroughtInto(ctx, w.conn, w.req.Dataset.Name, t.Name)
	if err != nil {
		return false, err
	}
	w.brought[t.Name], fresh = bringing.Now(last, w.batch.GetAsOf(), w.watermark, w.live[t.Name].Open().AllBefore(t.Key))
	return fresh, nil
}

// beginListing does so before the table is written to, and forgets what is listed of an
// as_of before.
func (w *work) beginListing(ctx context.Context, t staged) error {
	fresh, err := w.lookAtBrought(ctx, t)
	if err == nil && fresh {
		err = store.ForgetBrought(ctx, w.conn, w.req.Dataset.Name, t.Name)
	}
	if err != nil {
		return err
	}
	return store.RecordBrought(ctx, w.conn, w.req.Dataset.Name, t.Name, w.brought[t.Name])
}

// beginWhole records of a table that is made now that all of its keys came with the as_of.
func (w *work) beginWhole(ctx context.Context, t staged) error {
	whole := store.Brought{AsOf: w.batch.GetAsOf(), Extent: store.Whole, KeyColumns: t.Key}
	if err := store.ForgetBrought(ctx, w.conn, w.req.Dataset.Name, t.Name); err != nil {
		return err
	}
	return store.RecordBrought(ctx, w.conn, w.req.Dataset.Name, t.Name, whole)
}

func (w *work) withdrawing(t staged) statement.Withdrawing {
	return statement.Withdrawing{
		Table: t.Table, Live: statement.Rows(t.Table, t.Live, w.live[t.Name].Open()), Candidate: t.from,
		Whole: w.brought[t.Name].Extent == store.Whole,
	}
}

// countWithdrawn counts the keys that are withdrawn, and those of them that had departed
// before: neither are among those who depart now.
func (w *work) countWithdrawn(ctx context.Context, t staged, a *absence) (inLedger int64, err error) {
	if !w.superseding() || a.all == 0 || w.brought[t.Name].Extent == store.Unknown {
		return 0, nil
	}
	err = w.conn.QueryRow(ctx, w.withdrawing(t).Count(), pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name, a.before.Ledger).
		Scan(&a.withdrawn, &inLedger)
	if err != nil {
		return 0, fmt.Errorf("look for what only superseded deliveries brought into %s: %w", t.Live, err)
	}
	a.all -= a.withdrawn
	t.counts.Withdrawn = a.withdrawn
	return inLedger, nil
}

// withdraw deletes the rows whose keys are withdrawn, whatever the table does with those
// that depart: nobody else ever delivered them.
func (w *work) withdraw(ctx context.Context, t staged, a *absence) error {
	if a.withdrawn == 0 {
		return nil
	}
	w.report(t.Name, "withdraw", a.withdrawn)
	tag, err := w.conn.Exec(ctx, w.withdrawing(t).Delete(), pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name)
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	if tag.RowsAffected() != a.withdrawn {
		return w.interfered(t, "withdrawn", a.withdrawn, tag.RowsAffected())
	}
	_, err = w.conn.Exec(ctx, w.withdrawing(t).Prune(), pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name)
	return err
}
