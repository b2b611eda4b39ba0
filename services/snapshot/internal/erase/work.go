package erase

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// erase takes the rows away, and records what is left.
func (w *work) erase(ctx context.Context) error {
	for _, p := range w.places {
		n, err := w.order.keys().Count(ctx, w.conn, p.Part)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		switch {
		case p.dropped: // the catalog keeps what it had, and no table of it is read any more
			_, err = w.order.keys().Delete(ctx, w.conn, p.Part)
		case p.entry != nil:
			err = w.revision(ctx, p)
		default:
			err = w.delta(ctx, p, n)
		}
		if err != nil {
			return err
		}
		w.add(p, n)
	}
	if err := w.entities(ctx, false); err != nil {
		return err
	}
	if err := w.restatements(ctx, false); err != nil {
		return err
	}
	detail, err := protojson.Marshal(w.result)
	if err != nil {
		return fmt.Errorf("record what was erased: %w", err)
	}
	return store.RecordErase(ctx, w.conn, w.order.Run, w.order.Dataset.GetName(), detail)
}

// revision erases from a revision. Its rows are hashed before as well: one that was not as it
// had been stamped does not come out of it as if it had been.
func (w *work) revision(ctx context.Context, p place) error {
	e := *p.entry
	before, readable, err := w.sum(ctx, e)
	if err != nil {
		return err
	}
	if _, err := w.order.keys().Delete(ctx, w.conn, p.Part); err != nil {
		return err
	}
	if !readable || before.Hash != e.ContentHash {
		w.passOver("revision %d of %s as of %s: it was not as it had been stamped, and its hash stays what it was", e.Revision, e.Snapshot, e.AsOf.Format(time.DateOnly))
		return nil
	}
	after, _, err := w.sum(ctx, e)
	if err != nil {
		return err
	}
	return store.Erase(ctx, w.conn, store.Erasure{
		Dataset: e.Dataset, Snapshot: e.Snapshot, AsOf: e.AsOf, Revision: e.Revision,
		Run: w.order.Run, RequestedBy: w.order.RequestedBy, Reason: w.order.Reason,
		RowsBefore: before.Rows, HashBefore: before.Hash, RowsAfter: after.Rows, HashAfter: after.Hash,
	})
}

// sum hashes a revision by the columns that it was stamped with; it is not readable where
// one of them is gone.
func (w *work) sum(ctx context.Context, e store.Entry) (s digest.Sum, readable bool, err error) {
	columns, missing, err := digest.Columns(ctx, w.conn, e.Relation, e.Columns)
	if err != nil || len(missing) > 0 {
		return s, false, err
	}
	s, err = digest.Of(ctx, w.conn, e.Relation, columns)
	return s, true, err
}

func (w *work) delta(ctx context.Context, p place, n int64) error {
	if _, err := w.order.keys().Delete(ctx, w.conn, p.Part); err != nil {
		return err
	}
	d := *p.delta
	d.Rows = max(d.Rows-n, 0)
	return store.KeepDelta(ctx, w.conn, w.order.Dataset.GetName(), d)
}

// restatements erases from the first rows that restatements list.
func (w *work) restatements(ctx context.Context, look bool) error {
	keys, err := w.order.keys().All(ctx, w.conn, w.order.forms(), w.order.Shown.Opener(w.order.Dataset.GetName()))
	if err != nil {
		return err
	}
	for _, l := range w.order.Layouts {
		keys.Alias(l.Snapshot, l.From)
	}
	n, err := store.EraseRestated(ctx, w.conn, w.order.Dataset.GetName(), keys, look)
	if err == nil && n > 0 {
		w.result.Rows = append(w.result.Rows, &stepv1.ErasedRows{From: stepv1.ErasedFrom_ERASED_FROM_RESTATEMENT, Rows: n})
	}
	return err
}

// refused gives SNAPSHOT_TABLE_DIFFERS to what keeps rows of history from going. It names no
// value, since that would be the key.
func refused(err error) error {
	var stays *erasing.KeptError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &stays):
		return hindered(err, stays.Error())
	case errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "23") || pg.Code == "42501" || strings.HasPrefix(pg.Code, "P0")):
		return hindered(err, pg.Message)
	}
	return err
}

func hindered(err error, says string) error {
	return problem.Wrap(err, problem.SnapshotTableDiffers,
		"history keeps rows that are to be erased: %s; take away what keeps them and erase again; nothing was erased of history", says)
}
