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

// withLocks runs fn in a fenced transaction that waits for no lock longer than the
// lock timeout. A transaction that could not have its locks lets go of everything,
// so that nobody queues behind it for long, and is tried again.
func (s *Stamper) withLocks(ctx context.Context, f fence.Fence, fn func(context.Context, *pgx.Conn) error) error {
	setting := fmt.Sprintf("set local lock_timeout = '%dms'", s.opts.LockTimeout.Milliseconds())
	wait := firstPause
	for try := 1; ; try++ {
		err := f.Tx(ctx, s.pool, func(ctx context.Context, conn *pgx.Conn) error {
			if _, err := conn.Exec(ctx, setting); err != nil {
				return fmt.Errorf("limit the wait for locks: %w", err)
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
