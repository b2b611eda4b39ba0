package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

const lockRunSQL = `
select state, cancel_requested from sf_orchestrator.run where id = $1 for no key update`

// Cancel asks a run to stop: a queued one ends at once, the worker of a running one
// is told. A run that was asked before is left as it is. Errors: RUN_ENDED.
func (s *Store) Cancel(ctx context.Context, id, requestedBy string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var state run.State
		var asked bool
		if err := tx.QueryRow(ctx, lockRunSQL, id).Scan(&state, &asked); err != nil {
			return err
		}
		switch {
		case asked:
			return nil
		case state.Ended():
			return problem.New(problem.RunEnded, "expected a run that is queued or running, found %s, which has ended %s", id, state).
				With("run", id).With("state", string(state))
		case state == run.Queued:
			return cancelQueued(ctx, tx, id, requestedBy)
		default:
			return cancelRunning(ctx, tx, id, requestedBy)
		}
	})
	return wrap(err, "cancel %s", id)
}

const (
	endQueuedSQL = `
update sf_orchestrator.run set state = 'CANCELLED', cancel_requested = true, ended_at = clock_timestamp() where id = $1`
	skipStepsSQL = `
update sf_orchestrator.run_step set state = 'SKIPPED', summary = 'not begun: the run ended before' where run = $1`
	forgetKeysSQL = `delete from sf_orchestrator.run_key where run = $1`
	askRunningSQL = `update sf_orchestrator.run set cancel_requested = true where id = $1`
)

func cancelQueued(ctx context.Context, tx pgx.Tx, id, by string) error {
	for _, q := range []string{endQueuedSQL, skipStepsSQL, forgetKeysSQL} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	asked := askedToStop(run.Queued, by)
	ended := run.Event{Kind: run.RunEnded, State: run.Cancelled, Message: "cancelled before it began"}
	return appendEvents(ctx, tx, id, "", asked, ended)
}

func cancelRunning(ctx context.Context, tx pgx.Tx, id, by string) error {
	if _, err := tx.Exec(ctx, askRunningSQL, id); err != nil {
		return err
	}
	if err := appendEvents(ctx, tx, id, "", askedToStop(run.Running, by)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "select pg_notify($1, $2)", ChannelCancel, id)
	return err
}

func askedToStop(state run.State, by string) run.Event {
	return run.Event{Kind: run.CancelRequested, State: state, Message: plain(by) + " asked the run to stop"}
}
