package store

import (
	"context"
	_ "embed" // the statements
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// Claim is a worker's hold on a run.
type Claim struct {
	Run     string
	Dataset string
	Owner   string
	// Fence is the one under which the run's steps are called.
	Fence fence.Fence
	// next is the token of the fence that is raised next, known before it is: the answer may
	// be lost.
	next fence.Token
	// checkpoint counts what was written to the run.
	checkpoint int64
}

// Claimed is a run that a worker has just claimed.
type Claimed struct {
	Claim   *Claim
	Run     *run.Run
	Dataset *datasetv1.Dataset
}

// Claimant says who claims, for how long, and which runs it is at work on already.
type Claimant struct {
	Owner string
	Lease time.Duration
	Busy  []string
}

//go:embed claim.sql
var claimSQL string

const takeSQL = `
update sf_orchestrator.run
   set state = 'RUNNING', lease_owner = $2, lease_until = clock_timestamp() + $3::interval, fence = $4,
       started_at = coalesce(started_at, clock_timestamp())
 where id = $1`

// Claim takes a run that may be taken: it raises the fence of the dataset, so that
// whoever held the run before can commit nothing more, and notes the lease and the
// event, all in one transaction. It returns nil where there is none.
func (s *Store) Claim(ctx context.Context, by Claimant) (*Claimed, error) {
	var c *Claimed
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		c, err = take(ctx, tx, by)
		return err
	})
	if postgres.Code(err) == codeUniqueViolation {
		return nil, nil // a run of the dataset was claimed elsewhere in the same moment
	}
	return c, wrap(err, "claim a run")
}

const codeUniqueViolation = "23505"

func take(ctx context.Context, tx pgx.Tx, by Claimant) (*Claimed, error) {
	c := &Claim{Owner: by.Owner}
	var state run.State
	var before string
	busy := append([]string{}, by.Busy...) // never NULL, which nothing differs from
	err := tx.QueryRow(ctx, claimSQL, by.Owner, busy).Scan(&c.Run, &c.Dataset, &state, &before, &c.checkpoint)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := fence.Raise(ctx, tx, c.Dataset)
	if err != nil {
		return nil, err
	}
	c.hold(f)
	if _, err := tx.Exec(ctx, takeSQL, c.Run, by.Owner, by.Lease, c.Fence.Number); err != nil {
		return nil, err
	}
	if err := appendEvents(ctx, tx, c.Run, "", taken(state, before, by.Owner)); err != nil {
		return nil, err
	}
	return load(ctx, tx, c)
}

// taken tells of a claim.
func taken(state run.State, before, owner string) run.Event {
	switch {
	case state == run.Queued:
		return run.Event{Kind: run.RunStarted, State: run.Running, Message: "begun"}
	case before == owner:
		return run.Event{Kind: run.RunTakenOver, State: run.Running, Message: "taken up again by the same worker"}
	default:
		return run.Event{Kind: run.RunTakenOver, State: run.Running,
			Message: fmt.Sprintf("taken over from %s, whose lease ran out or was given back", before)}
	}
}

func load(ctx context.Context, tx pgx.Tx, c *Claim) (*Claimed, error) {
	r, err := loadRun(ctx, tx, c.Run)
	if err != nil {
		return nil, err
	}
	v, err := version(ctx, tx, r.Dataset, r.Version)
	if err != nil {
		return nil, err
	}
	return &Claimed{Claim: c, Run: r, Dataset: v.Content}, nil
}

const renewSQL = `
update sf_orchestrator.run set lease_until = clock_timestamp() + $4::interval
 where id = $1 and state = 'RUNNING' and lease_owner = $2 and fence >= $3
returning cancel_requested`

// ErrLost says that the run is no longer the worker's.
var ErrLost = errors.New("the run is held by another worker, or has ended")

// Renew extends the lease, and says whether the run shall stop. The fence that a
// worker raised itself meanwhile is no loss. Errors: ErrLost.
func (s *Store) Renew(ctx context.Context, c Claim, lease time.Duration) (cancel bool, err error) {
	err = s.pool.QueryRow(ctx, renewSQL, c.Run, c.Owner, c.Fence.Number, lease).Scan(&cancel)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrLost
	}
	return cancel, wrap(err, "renew the lease of %s", c.Run)
}

const releaseSQL = `
with released as (
    update sf_orchestrator.run set lease_until = clock_timestamp()
     where state = 'RUNNING' and lease_owner = $1
    returning dataset
)
select count(*) from released cross join lateral pg_notify('sf_run_queue', dataset)`

// Release lets other workers take all runs of one that stops, at once.
func (s *Store) Release(ctx context.Context, owner string) error {
	_, err := s.pool.Exec(ctx, releaseSQL, owner)
	return wrap(err, "release the runs of %s", owner)
}
