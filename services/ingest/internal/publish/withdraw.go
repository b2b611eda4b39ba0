package publish

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/services/ingest/internal/bringing"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// brought is what is known of the keys that an as_of brought into a table that stands.
type brought struct {
	store.Brought
	// fresh says that what is listed belongs to an as_of before, and goes.
	fresh bool
}

// lookBack finds out whether the batch corrects the as_of that live holds: because somebody
// says so, or since it goes back behind a batch that was published and never stamped, as one
// that corrected it and failed.
func (w *work) lookBack(ctx context.Context) error {
	w.corrects = w.req.Supersede && w.batch.GetAsOf() == w.watermark
	if w.corrects || w.req.Stamped == "" && !w.req.NeverStamped || w.batch.GetAsOf() != w.watermark {
		return nil
	}
	last, err := store.LastPublished(ctx, w.conn, w.req.Dataset.Name, w.batch.GetAsOf())
	if err != nil || last == nil {
		return err
	}
	origin := last.GetOrigin()
	if origin == "" {
		origin = last.GetId()
	}
	w.corrects = origin != w.req.Stamped
	return nil
}

// lookAtBrought finds out what is known of the keys that the as_of brought into each table
// that stands, and whether any of them are to be withdrawn.
func (w *work) lookAtBrought(ctx context.Context) error {
	if err := w.lookBack(ctx); err != nil {
		return err
	}
	for _, t := range w.tables() {
		if !w.live[t.Name].Exists {
			continue
		}
		last, err := store.BroughtInto(ctx, w.conn, w.req.Dataset.Name, t.Name)
		if err != nil {
			return err
		}
		var b brought
		b.Brought, b.fresh = bringing.Now(last, w.batch.GetAsOf(), w.watermark, w.live[t.Name].Open().AllBefore(t.Key))
		w.brought[t.Name] = b
	}
	return nil
}

// beginListing forgets, before a table is written to, what is listed of an as_of before.
func (w *work) beginListing(ctx context.Context, t staged) error {
	if w.brought[t.Name].fresh {
		if err := store.ForgetBrought(ctx, w.conn, w.req.Dataset.Name, t.Name); err != nil {
			return err
		}
	}
	return store.RecordBrought(ctx, w.conn, w.req.Dataset.Name, t.Name, w.brought[t.Name].Brought)
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
		Whole: w.brought[t.Name].Extent == store.Whole, Among: w.referring(),
	}
}

// referring are the tables whose rows may refer to what is withdrawn, children first.
func (w *work) referring() []statement.Referring {
	var out []statement.Referring
	for _, t := range slices.Backward(w.tables()) {
		if live := w.live[t.Name]; live.Exists {
			out = append(out, statement.Referring{
				Table: t.Table, Stands: statement.Standing{Open: live.Open(), Lacks: live.Lacks(t.Table)}, Candidate: t.from,
				Listed: w.brought[t.Name].Extent == store.Listed, Whole: w.brought[t.Name].Extent == store.Whole,
			})
		}
	}
	return out
}

// asking are the parameters of a statement of what is withdrawn.
func (w *work) asking(t staged, of statement.Withdrawing, also ...any) []any {
	args := append([]any{pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name}, also...)
	if names := of.Referring(); names != nil {
		args = append(args, names)
	}
	return args
}

// countWithdrawn counts the keys that are withdrawn, and those of them that had departed
// before: neither are among those who depart now.
func (w *work) countWithdrawn(ctx context.Context, t staged, a *absence) (inLedger int64, err error) {
	if !w.corrects || a.all == 0 || w.brought[t.Name].Extent == store.Unknown {
		return 0, nil
	}
	of := w.withdrawing(t)
	err = w.conn.QueryRow(ctx, of.Count(), w.asking(t, of, a.before.Ledger)...).Scan(&a.withdrawn, &inLedger, &a.held)
	if err != nil {
		return 0, fmt.Errorf("look for what only superseded deliveries brought into %s: %w", t.Live, err)
	}
	a.all -= a.withdrawn
	t.counts.Withdrawn = a.withdrawn
	return inLedger, w.sayHeld(ctx, t, of, a)
}

// withdraw deletes the rows whose keys are withdrawn, whatever the table does with those
// that depart: nobody else ever delivered them.
func (w *work) withdraw(ctx context.Context, t staged, a *absence) error {
	if a.withdrawn == 0 {
		return nil
	}
	w.report(t.Name, "withdraw", a.withdrawn)
	of := w.withdrawing(t)
	tag, err := w.conn.Exec(ctx, of.Delete(), w.asking(t, of)...)
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	if tag.RowsAffected() != a.withdrawn {
		return w.interfered(t, "withdrawn", a.withdrawn, tag.RowsAffected())
	}
	_, err = w.conn.Exec(ctx, of.Prune(), pgx.QueryExecModeExec, w.req.Dataset.Name, t.Name)
	return err
}
