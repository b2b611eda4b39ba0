// Package fence keeps those who lost a lease, or never had it, from committing. Each
// dataset has one number, raised whenever one of its runs is started or taken over, with a
// token that only who raised it knows, and lowered when the run ends; a transaction that
// writes asserts both as the last statement before COMMIT, in the same round trip, under a
// lock that keeps the number from being raised in between.
package fence

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Token is what tells who raised a fence from who guesses its number: 128 random bits, and
// zero of a worker of an earlier version. It is kept in memory alone.
type Token [16]byte

// Fence is the number that a run holds for its dataset.
type Fence struct {
	Dataset string
	Number  int64
	Token   Token
}

// Of reads a fence from its message.
func Of(m *stepv1.Fence) Fence {
	f := Fence{Dataset: m.GetDataset(), Number: m.GetNumber()}
	copy(f.Token[:], m.GetToken())
	return f
}

// Proto returns the fence as a message.
func (f Fence) Proto() *stepv1.Fence {
	return &stepv1.Fence{Dataset: f.Dataset, Number: f.Number, Token: f.Token[:]}
}

const (
	raiseSQL  = "select sf_platform.raise_fence($1, $2)"
	lowerSQL  = "select sf_platform.lower_fence($1, $2)"
	assertSQL = "select sf_platform.assert_fence($1, $2, $3)"
	lostCode  = "SF001"
)

// Raise raises the fence of a dataset within the caller's transaction.
func Raise(ctx context.Context, q postgres.Querier, dataset string) (Fence, error) {
	return RaiseWith(ctx, q, dataset, NewToken())
}

// RaiseWith is Raise with a token of the caller's, who knows it even where the answer is
// lost.
func RaiseWith(ctx context.Context, q postgres.Querier, dataset string, token Token) (Fence, error) {
	f := Fence{Dataset: dataset, Token: token}
	if err := q.QueryRow(ctx, raiseSQL, dataset, f.Token[:]).Scan(&f.Number); err != nil {
		return Fence{}, fmt.Errorf("raise the fence of %s: %w", dataset, err)
	}
	return f, nil
}

// NewToken makes a token up.
func NewToken() (t Token) {
	_, _ = rand.Read(t[:]) // it never fails
	return t
}

// Lower ends the fence, if it is the dataset's last: nothing can be committed under it any
// more. Only the orchestrator may.
func (f Fence) Lower(ctx context.Context, q postgres.Querier) error {
	if _, err := q.Exec(ctx, lowerSQL, f.Dataset, f.Number); err != nil {
		return fmt.Errorf("lower the fence of %s: %w", f.Dataset, err)
	}
	return nil
}

// Check returns FENCE_LOST unless the fence is live. It is the first thing that a
// call of a step does; the last is Tx's own assertion.
func (f Fence) Check(ctx context.Context, q postgres.Querier) error {
	_, err := q.Exec(ctx, assertSQL, f.Dataset, f.Number, f.Token[:])
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
	b.Queue(assertSQL, f.Dataset, f.Number, f.Token[:])
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
