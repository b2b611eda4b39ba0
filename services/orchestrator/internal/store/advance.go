package store

import (
	"context"
	_ "embed" // the statements
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

//go:embed advance.sql
var advanceSQL string

// Advance writes a change of a run that the worker holds. After a fault whose
// outcome is unknown it may be called again with the same change: it is written
// once. It takes over whether someone asked the run to stop meanwhile.
// Errors: ErrLost.
func (s *Store) Advance(ctx context.Context, c *Claim, r *run.Run, change run.Change) error {
	var err error
	held := c.Fence
	if change.RaiseFence {
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			var err error
			if held, err = raise(ctx, tx, c); err != nil {
				return err
			}
			return advance(ctx, tx, c, held.Number, r, change)
		})
	} else {
		err = advance(ctx, s.pool, c, held.Number, r, change)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return s.settle(ctx, c, r)
	}
	if err != nil {
		return wrap(err, "record what happened to %s", c.Run)
	}
	c.hold(held)
	c.checkpoint++
	return nil
}

const holdSQL = `
select 1 from sf_orchestrator.run where id = $1 and state = 'RUNNING' and fence = $2 and checkpoint = $3
   for no key update`

// raise locks the run, then the fence: in the order of Claim, so that the two never
// wait for each other.
func raise(ctx context.Context, tx pgx.Tx, c *Claim) (fence.Fence, error) {
	var held int
	if err := tx.QueryRow(ctx, holdSQL, c.Run, c.Fence.Number, c.checkpoint).Scan(&held); err != nil {
		return fence.Fence{}, err
	}
	return fence.RaiseWith(ctx, tx, c.Dataset, c.next)
}

func advance(ctx context.Context, q postgres.Querier, c *Claim, number int64, r *run.Run, change run.Change) error {
	var changed []run.Step
	for _, k := range change.Steps {
		changed = append(changed, *r.Step(k))
	}
	steps, err := encodeSteps(changed)
	if err != nil {
		return err
	}
	events, err := encodeEvents(change.Events)
	if err != nil {
		return err
	}
	var findings any // NULL leaves them
	if change.Findings {
		list, err := encodeList(r.Findings)
		if err != nil {
			return err
		}
		findings = string(list)
	}
	var restated any
	if change.Restated {
		list, err := encodeList(r.Restated)
		if err != nil {
			return err
		}
		restated = string(list)
	}
	var erased any
	if change.Erased {
		list, err := encodeList(r.Erased)
		if err != nil {
			return err
		}
		erased = string(list)
	}
	return q.QueryRow(ctx, advanceSQL, c.Run, c.Fence.Number, c.checkpoint,
		r.State, plain(r.Reason), plain(r.Message), r.Batch, r.Validation, r.Unchanged, r.Backfill,
		findings, number, steps, events, restated, erased).Scan(&r.LastEvent, &r.CancelRequested)
}

const settleSQL = `
select fence, last_event, cancel_requested from sf_orchestrator.run
 where id = $1 and lease_owner = $2 and checkpoint = $3`

// settle finds out why nothing was written: this write was done before, its answer
// lost, or the run is another's.
func (s *Store) settle(ctx context.Context, c *Claim, r *run.Run) error {
	var number int64
	err := s.pool.QueryRow(ctx, settleSQL, c.Run, c.Owner, c.checkpoint+1).Scan(&number, &r.LastEvent, &r.CancelRequested)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrLost
	}
	if err != nil {
		return wrap(err, "look whether %s was recorded", c.Run)
	}
	if number != c.Fence.Number {
		c.hold(fence.Fence{Dataset: c.Dataset, Number: number, Token: c.next})
	}
	c.checkpoint++
	return nil
}

// hold notes the fence that the worker has by now. The next one has another token.
func (c *Claim) hold(f fence.Fence) {
	if f != c.Fence {
		c.Fence, c.next = f, fence.NewToken()
	}
}

//go:embed append.sql
var appendSQL string

// appendEvents appends events to a run; where owner is given, only while it holds it.
func appendEvents(ctx context.Context, q postgres.Querier, id, owner string, events ...run.Event) error {
	rows, err := encodeEvents(events)
	if err != nil {
		return err
	}
	tag, err := q.Exec(ctx, appendSQL, id, rows, owner)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrLost
	}
	return err
}

// Progress appends events that change nothing to a run that the worker holds.
// Errors: ErrLost.
func (s *Store) Progress(ctx context.Context, c Claim, events []run.Event) error {
	return wrap(appendEvents(ctx, s.pool, c.Run, c.Owner, events...), "record the progress of %s", c.Run)
}
