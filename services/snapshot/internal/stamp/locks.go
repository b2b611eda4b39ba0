package stamp

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// Pauses between tries to have the locks: short at first, since a VACUUM or another
// session's DDL is usually over at once.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

const deadlock = "40P01"

// The key of the lock holds the fence: an attempt waits for its own repetition, whose
// caller gave up on it, and never for an attempt that was stopped under an older one.
const turnSQL = `select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))`

// takeTurn waits until no other transaction under the fence is at the same work, which
// is a snapshot that is filled or a batch. It comes before anything is read: whoever
// waited then finds what the other committed, and has nothing left to do.
func takeTurn(ctx context.Context, conn *pgx.Conn, f fence.Fence, work string) error {
	key := fmt.Sprintf("sf_snapshot/%s/%s/%d", f.Dataset, work, f.Number)
	if _, err := conn.Exec(ctx, turnSQL, key); err != nil {
		return fmt.Errorf("wait for an earlier attempt at %s: %w", work, err)
	}
	return nil
}

// withLocks runs fn in a fenced transaction, one at a time for each batch, that waits
// for no lock longer than the lock timeout. A transaction that could not have its locks lets go of everything,
// so that nobody queues behind it for long, and is tried again.
func (s *Stamper) withLocks(ctx context.Context, f fence.Fence, batch string, fn func(context.Context, *pgx.Conn) error) error {
	setting := fmt.Sprintf("set local lock_timeout = '%dms'", s.opts.LockTimeout.Milliseconds())
	wait := firstPause
	for try := 1; ; try++ {
		err := f.Tx(ctx, s.pool, func(ctx context.Context, conn *pgx.Conn) error {
			if _, err := conn.Exec(ctx, setting); err != nil {
				return fmt.Errorf("limit the wait for locks: %w", err)
			}
			if err := takeTurn(ctx, conn, f, batch); err != nil {
				return err
			}
			return fn(ctx, conn)
		})
		if !postgres.IsLockTimeout(err) && postgres.Code(err) != deadlock {
			return err
		}
		if try == s.opts.LockTries {
			return problem.Wrap(err, problem.DatabaseUnavailable,
				"another session holds a lock on a snapshot table, %d tries of %s each could not have it: %v; "+
					"end that session or wait for it, and try again", try, s.opts.LockTimeout, err)
		}
		if err := pause.Sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, lastPause)
	}
}
