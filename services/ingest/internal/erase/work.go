package erase

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/redact"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// part is a live table that stands.
type part struct {
	erasing.Part
	of *declared.Table
	// unable says why no row of it may be deleted, and how it may be; empty where one may.
	unable string
}

func of(parts []part) []erasing.Part {
	all := make([]erasing.Part, len(parts))
	for i, p := range parts {
		all[i] = p.Part
	}
	return all
}

// parts are the live tables that stand, by the names that their columns have there, each
// before those that it refers to.
func (e *Eraser) parts(ctx context.Context, conn *pgx.Conn, o Order) ([]part, error) {
	tables := o.Dataset.InPublishOrder()
	slices.Reverse(tables)
	found, err := live.Inspect(ctx, conn, tables, e.OpenSchema)
	if err != nil {
		return nil, err
	}
	var all []part
	for _, f := range found {
		if f.Exists {
			all = append(all, partOf(f))
		}
	}
	return all, nil
}

func partOf(f live.Found) part {
	t, lacks := f.Of, f.Lacks(f.Of)
	column := func(name, typ string) erasing.Column { return erasing.Column{Name: f.Open().Before(name), Cast: typ} }
	p := part{of: t, unable: f.Undeletable(), Part: erasing.Part{Table: t.Name, From: t.Live}}
	for _, k := range t.Key {
		c, _ := t.Column(k)
		p.Key = append(p.Key, column(k, c.Type.Cast()))
	}
	for _, r := range t.References {
		if slices.ContainsFunc(lacks, func(c declared.Column) bool { return slices.Contains(r.Columns, c.Name) }) {
			continue // no row has a value there
		}
		to := erasing.Reference{Parent: r.Parent.Name}
		for _, name := range r.Columns {
			c, _ := t.Column(name)
			to.Columns = append(to.Columns, column(name, c.Type.Cast()))
		}
		p.References = append(p.References, to)
	}
	return p
}

// work is the erasing of one order, or the counting of what it would erase, inside its
// transaction.
type work struct {
	order  Order
	conn   *pgx.Conn
	look   bool
	result *stepv1.EraseResult
	// batch is what live holds.
	batch *ingestv1.Batch
}

func (w *work) all(ctx context.Context, e *Eraser) error {
	id, _, err := store.LiveBatch(ctx, w.conn, w.order.Dataset.Name)
	if err != nil {
		return err
	}
	if w.batch, err = store.Find(ctx, w.conn, id); err != nil {
		return err
	}
	parts, err := e.parts(ctx, w.conn, w.order)
	if err != nil {
		return err
	}
	left, err := store.LiveLeft(ctx, w.conn, w.order.Dataset.Name)
	if err != nil {
		return err
	}
	var less []store.LiveTable
	for _, p := range parts {
		n, err := w.table(ctx, p)
		if err != nil {
			return err
		}
		if was, ok := left[p.From]; ok && n > 0 {
			// What is deleted moves nothing on the disk, and what somebody wrote before is still
			// seen by the transaction that the footprint has.
			less = append(less, store.LiveTable{Table: p.From, Rows: max(was.Rows-n, 0), Footprint: was.Footprint, Layout: was.Layout})
		}
	}
	if err := w.batches(ctx, e); err != nil || w.look {
		return err
	}
	if err := store.LeaveLive(ctx, w.conn, w.order.Dataset.Name, id, less); err != nil {
		return err
	}
	return w.remember(ctx, e)
}

// table erases from a live table, and from what is kept of its keys.
func (w *work) table(ctx context.Context, p part) (rows int64, err error) {
	keys := w.order.keys()
	if w.look {
		if err := keys.See(ctx, w.conn, p.Part); err != nil {
			return 0, err
		}
		rows, err = keys.Count(ctx, w.conn, p.Part)
	} else {
		rows, err = w.delete(ctx, p)
	}
	if err != nil {
		return 0, err
	}
	if rows > 0 && p.unable != "" {
		return 0, problem.New(problem.LiveTableDiffers, "%s; nothing was erased", p.unable)
	}
	if rows > 0 {
		w.add(&stepv1.ErasedRows{
			From: stepv1.ErasedFrom_ERASED_FROM_LIVE, Table: p.Table, Rows: rows,
			AsOf: w.batch.GetAsOf(), Batch: w.batch.GetId(), Source: w.batch.GetSource(),
		})
	}
	return rows, w.ledgers(ctx, p, rows)
}

// delete counts alone where the rows are not ours to delete, whatever everybody may do.
func (w *work) delete(ctx context.Context, p part) (int64, error) {
	if p.unable != "" {
		return w.order.keys().Count(ctx, w.conn, p.Part)
	}
	return w.order.keys().Delete(ctx, w.conn, p.Part)
}

// ledgers erases from the ledgers of a table's keys.
func (w *work) ledgers(ctx context.Context, p part, rows int64) error {
	args := []any{pgx.QueryExecModeExec, w.order.Run, w.order.Dataset.Name, p.Table}
	var all, departed int64
	for i, ledger := range statement.Ledgers {
		var n int64
		if w.look {
			if err := w.conn.QueryRow(ctx, statement.CountInLedger(p.of, ledger, store.Erasing), args...).Scan(&n); err != nil {
				return fmt.Errorf("look into %s: %w", ledger, err)
			}
		} else {
			tag, err := w.conn.Exec(ctx, statement.DeleteFromLedger(p.of, ledger, store.Erasing), args...)
			if err != nil {
				return fmt.Errorf("erase from %s: %w", ledger, err)
			}
			n = tag.RowsAffected()
		}
		if all += n; i == 0 {
			departed = n
		}
	}
	if all > 0 {
		w.add(&stepv1.ErasedRows{From: stepv1.ErasedFrom_ERASED_FROM_LEDGER, Table: p.Table, Rows: all})
	}
	if w.look || rows == 0 {
		return nil
	}
	return store.Undelivered(ctx, w.conn, w.order.Dataset.Name, p.Table, rows, departed)
}

// batches erases from what was found in batches.
func (w *work) batches(ctx context.Context, e *Eraser) error {
	keys, err := w.order.keys().All(ctx, w.conn, func(table string, key []string) [][]string {
		return e.Keys.Forms(w.order.Dataset.Veiled(w.order.Dataset.Table(table)), key)
	}, e.Keys.Opener(w.order.Dataset.Name))
	if err != nil {
		return err
	}
	refer(keys, w.order.Dataset)
	ids, err := store.WithFindings(ctx, w.conn, w.order.Dataset.Name)
	if err != nil {
		return err
	}
	var all int64
	for _, id := range ids {
		b, err := store.Find(ctx, w.conn, id)
		if err != nil {
			return err
		}
		n := keys.Findings(b.GetFindings())
		if all += int64(n); n > 0 && !w.look {
			if err := store.SetDetail(ctx, w.conn, b); err != nil {
				return err
			}
		}
	}
	if all > 0 {
		w.add(&stepv1.ErasedRows{From: stepv1.ErasedFrom_ERASED_FROM_BATCH, Rows: all})
	}
	return nil
}

func refer(keys *redact.Keys, d *declared.Dataset) {
	for _, t := range d.Tables {
		for _, r := range t.References {
			keys.Refer(t.Name, r.Parent.Name)
		}
	}
}

// remember keeps a hash of every key that was asked for, made with the newest key of personal
// values where there is one.
func (w *work) remember(ctx context.Context, e *Eraser) error {
	for _, t := range w.order.Dataset.Tables {
		args, with := []any{pgx.QueryExecModeExec, w.order.Run, w.order.Dataset.Name, t.Name, ""}, statement.Salted
		if key, ok := e.Keys.Newest(); ok {
			inner, outer := key.Pads(store.ErasedHash)
			args, with = append(args[:4], key.ID, inner, outer), 5
		}
		if _, err := w.conn.Exec(ctx, statement.RememberErased(t, store.Erasing, with), args...); err != nil {
			return fmt.Errorf("remember that keys of %s were erased: %w", t.Name, err)
		}
	}
	return nil
}

func (w *work) add(r *stepv1.ErasedRows) { w.result.Rows = append(w.result.Rows, r) }
