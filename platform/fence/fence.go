// Package fence keeps those who lost a lease from committing. Each dataset has one
// number, raised whenever one of its runs is started or taken over; a transaction
// that writes asserts its number as the last statement before COMMIT, in the same
// round trip, under a lock that keeps the number from being raised in between.
package fence

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Fence is the number that a run holds for its dataset.
type Fence struct {
	Dataset string
	Number  int64
}

// Of reads a fence from its message.
func Of(m *stepv1.Fence) Fence {
	return Fence{Dataset: m.GetDataset(), Number: m.GetNumber()}
}

// Proto returns the fence as a message.
func (f Fence) Proto() *stepv1.Fence {
	return &stepv1.Fence{Dataset: f.Dataset, Number: f.Number}
}

const (
	raiseSQL  = "select sf_platform.raise_fence($1)"
	assertSQL = "select sf_platform.assert_fence($1, $2)"
	lostCode  = "SF001"
)

// Raise raises the fence of a dataset within the caller's transaction.
func Raise(ctx context.Context, q postgres.Querier, dataset string) (Fence, error) {
	f := Fence{Dataset: dataset}
	if err := q.QueryRow(ctx, raiseSQL, dataset).Scan(&f.Number); err != nil {
		return Fence{}, fmt.Errorf("raise the fence of %s: %w", dataset, err)
	}
	return f, nil
}

// Check returns FENCE_LOST unless the fence is live. It is the first thing that a
// call of a step does; the last is Tx's own assertion.
func (f Fence) Check(ctx context.Context, q postgres.Querier) error {
	_, err := q.Exec(ctx, assertSQL, f.Dataset, f.Number)
	return f.problem(err)
}

// Tx runs fn in a transaction on a connection of its own, and commits only if the
// fence is still live: the assertion and COMMIT are one round trip. fn must not
// commit or roll back. It returns FENCE_LOST if the fence was raised, fn's error if
// fn failed, and DATABASE_UNAVAILABLE if the server went away, in which case the
// outcome is not known.
func (f Fence) Tx(ctx context.Context, pool *postgres.Pool, fn func(ctx context.Context, conn *pgx.Conn) error) error {
	return f.TxTelling(ctx, pool, nil, fn)
}

// TxTelling is Tx, and tells meanwhile, from another goroutine, whom the transaction
// waits for when it waits for a lock.
func (f Fence) TxTelling(ctx context.Context, pool *postgres.Pool, tell func(holders string), fn func(ctx context.Context, conn *pgx.Conn) error) error {
	c, err := pool.Acquire(ctx)
	if err != nil {
		return postgres.Problem(fmt.Errorf("connect: %w", err))
	}
	defer c.Release()
	conn := c.Conn()
	if _, err := postgres.Begin(ctx, conn, pgx.TxOptions{}); err != nil {
		return postgres.Problem(fmt.Errorf("begin: %w", err))
	}
	watch, err := pool.WatchLocks(ctx, conn, tell)
	if err == nil {
		if err = fn(ctx, conn); err == nil {
			err = postgres.SettingsKept(ctx, conn)
		}
		if err == nil {
			err = f.commit(ctx, conn)
		}
		holders := watch.Stop()
		if err == nil {
			return nil
		}
		if postgres.IsLockTimeout(err) && holders != "" {
			err = fmt.Errorf("%w; the lock is held by %s", err, holders)
		}
	}
	postgres.Rollback(ctx, conn)
	return f.problem(err)
}

func (f Fence) commit(ctx context.Context, conn *pgx.Conn) error {
	b := &pgx.Batch{}
	b.Queue(assertSQL, f.Dataset, f.Number)
	b.Queue("commit")
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("commit under the fence: %w", err)
	}
	return nil
}

func (f Fence) problem(err error) error {
	if postgres.Code(err) == lostCode {
		return problem.Wrap(err, problem.FenceLost,
			"another worker holds dataset %s: this call carries fence %d, which is no longer live; nothing was written", f.Dataset, f.Number).
			With("dataset", f.Dataset)
	}
	return postgres.Problem(err)
}
