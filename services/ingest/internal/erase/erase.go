// Package erase takes the rows of keys out of the live tables, out of the ledgers of keys,
// and out of what was found in batches. Which keys these are it finds together with the
// snapshot service: those that were asked for, and those of the rows that refer to them.
// All of it goes in one transaction, under the dataset's lock, and is recorded without a key.
package erase

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Eraser erases. It is safe for concurrent use.
type Eraser struct {
	Pool *postgres.Pool
	// OpenSchema says how the schema of a name is opened to the service.
	OpenSchema func(schema string) string
	// Keys make what is shown in place of personal values.
	Keys *personal.Keys
}

// Order says on whose behalf, and of which dataset.
type Order struct {
	Fence   fence.Fence
	Dataset *declared.Dataset
	store.Erasure
}

func (o Order) keys() erasing.Keys {
	return erasing.Keys{In: store.Erasing, Run: o.Run, Dataset: o.Dataset.Name}
}

// Find enters the keys of a table that are asked for, where there are any, in place of all
// that were entered before, and then those of live rows that refer to one that is entered.
// Errors: ERASE_REFUSED, FENCE_LOST.
func (e *Eraser) Find(ctx context.Context, o Order, table string, asked []*stepv1.EraseKey) (*stepv1.EraseResult, error) {
	r := &stepv1.EraseResult{Keys: store.Erasing.Proto()}
	var t *declared.Table
	var values []any
	if len(asked) > 0 {
		var err error
		if t, err = tableOf(o.Dataset, table); err != nil {
			return nil, err
		}
		if values, err = e.columns(ctx, t, asked); err != nil {
			return nil, err
		}
	}
	err := e.tx(ctx, o, func(ctx context.Context, conn *pgx.Conn) error {
		if t != nil {
			if err := store.ForgetErasing(ctx, conn, o.Dataset.Name); err != nil {
				return err
			}
			args := append([]any{pgx.QueryExecModeExec, o.Run, o.Dataset.Name, t.Name}, values...)
			tag, err := conn.Exec(ctx, statement.AskToErase(t, store.Erasing), args...)
			if err != nil {
				return fmt.Errorf("enter the keys: %w", err)
			}
			r.Found = tag.RowsAffected()
		}
		parts, err := e.parts(ctx, conn, o)
		if err != nil {
			return err
		}
		found, err := o.keys().Fixpoint(ctx, conn, of(parts))
		r.Found += found
		return err
	})
	return r, err
}

// Count counts what would go, and the keys of which nobody has seen a row: snapshot has
// looked before. Errors: FENCE_LOST.
func (e *Eraser) Count(ctx context.Context, o Order) (r *stepv1.EraseResult, err error) {
	r = &stepv1.EraseResult{Keys: store.Erasing.Proto()}
	err = e.tx(ctx, o, func(ctx context.Context, conn *pgx.Conn) error {
		w := &work{order: o, conn: conn, look: true, result: r}
		if err := w.all(ctx, e); err != nil {
			return err
		}
		r.Unknown, r.UnknownPlaces, err = store.UnknownKeys(ctx, conn, o.Run)
		return err
	})
	return r, err
}

// Erase takes all of it away, what staging earlier batches left included. What a run
// erased already it only tells. Errors: LIVE_TABLE_DIFFERS, FENCE_LOST.
func (e *Eraser) Erase(ctx context.Context, o Order) (r *stepv1.EraseResult, err error) {
	if err := e.dropStaging(ctx, o); err != nil {
		return nil, err
	}
	err = e.tx(ctx, o, func(ctx context.Context, conn *pgx.Conn) error {
		if r, err = store.Erased(ctx, conn, o.Run); r != nil || err != nil {
			return err
		}
		r = &stepv1.EraseResult{Keys: store.Erasing.Proto()}
		w := &work{order: o, conn: conn, result: r}
		if err := w.all(ctx, e); err != nil {
			return err
		}
		return store.RecordErasure(ctx, conn, o.Erasure, r)
	})
	return r, refused(err)
}

// Forget forgets the keys: the run is over. Errors: FENCE_LOST.
func (e *Eraser) Forget(ctx context.Context, o Order) error {
	return o.Fence.Tx(ctx, e.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		return store.ForgetErasing(ctx, conn, o.Dataset.Name)
	})
}

// tx is a fenced transaction under the lock that publishes of the dataset take in turn.
func (e *Eraser) tx(ctx context.Context, o Order, fn func(ctx context.Context, conn *pgx.Conn) error) error {
	return o.Fence.Tx(ctx, e.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "set local lock_timeout = '30s'"); err != nil {
			return err
		}
		if _, err := store.LockWatermark(ctx, conn, o.Dataset.Name); err != nil {
			return err
		}
		return fn(ctx, conn)
	})
}

// dropStaging drops the candidates of all batches of the dataset, which may hold the rows:
// no run is at work on them.
func (e *Eraser) dropStaging(ctx context.Context, o Order) error {
	left, err := store.Leftovers(ctx, e.Pool, o.Dataset.Name, "", 0)
	if err != nil {
		return err
	}
	for _, batch := range left {
		if err := candidate.Discard(ctx, e.Pool, o.Fence, batch); err != nil {
			return err
		}
	}
	return nil
}

// refused gives LIVE_TABLE_DIFFERS to what keeps rows of a live table from going.
func refused(err error) error {
	if err == nil || problem.FromError(err).Reason != problem.Internal {
		return err
	}
	if says, kept := hindrance(err); kept {
		return problem.Wrap(err, problem.LiveTableDiffers,
			"a live table keeps rows that are to be erased: %s; take away what keeps them, or grant what is missing, and erase again; nothing was erased", says)
	}
	return err
}
