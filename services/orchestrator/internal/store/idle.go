package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
)

const runningSQL = `select id from sf_orchestrator.run where dataset = $1 and state = 'RUNNING'`

// Idle raises the fence of a dataset that no run is at work on, for work outside of
// runs; otherwise it returns a *BusyError. A worker that claims a run raises the fence as
// well: whichever of the two comes second finds the other, since raising waits for it.
func (s *Store) Idle(ctx context.Context, dataset string) (f fence.Fence, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if f, err = fence.Raise(ctx, tx, dataset); err != nil {
			return err
		}
		var id string
		switch err := tx.QueryRow(ctx, runningSQL, dataset).Scan(&id); {
		case err == nil:
			return &BusyError{Run: id}
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		}
		return nil
	})
	return f, wrap(err, "see that no run of %s is under way", dataset)
}

// Lower ends a fence that Idle raised.
func (s *Store) Lower(ctx context.Context, f fence.Fence) error { return f.Lower(ctx, s.pool) }
