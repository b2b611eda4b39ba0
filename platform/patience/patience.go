// Package patience takes locks that others may hold, without making everybody queue
// behind whoever waits: a try waits for a moment, lets go of everything, and comes again.
package patience

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

// Patience is how long and how often a lock is waited for.
type Patience struct {
	// LockTimeout is how long one try waits for a lock.
	LockTimeout time.Duration
	// Tries is how often a transaction that could not have its locks is tried.
	Tries int
	// Tell, where given, is told whom a try waits for, from another goroutine.
	Tell func(holders string)
}

// Tx runs fn in a fenced transaction that waits for no lock longer than the lock timeout.
// A transaction that could not have its locks lets go of everything, so that nobody
// queues behind it for long, and is tried again. what names what is locked, for people.
// It returns DATABASE_UNAVAILABLE where no try could have them.
func (p Patience) Tx(ctx context.Context, f fence.Fence, pool *postgres.Pool, what string, fn func(context.Context, *pgx.Conn) error) error {
	setting := fmt.Sprintf("set local lock_timeout = '%dms'", p.LockTimeout.Milliseconds())
	wait := firstPause
	for try := 1; ; try++ {
		err := f.TxTelling(ctx, pool, p.Tell, func(ctx context.Context, conn *pgx.Conn) error {
			if _, err := conn.Exec(ctx, setting); err != nil {
				return fmt.Errorf("limit the wait for locks: %w", err)
			}
			return fn(ctx, conn)
		})
		if !postgres.IsLockTimeout(err) && postgres.Code(err) != deadlock {
			return err
		}
		if try >= p.Tries {
			return problem.Wrap(err, problem.DatabaseUnavailable,
				"another session holds a lock on %s, %d tries of %s each could not have it: %v; "+
					"end that session or wait for it, and try again", what, try, p.LockTimeout, err)
		}
		if err := pause.Sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, lastPause)
	}
}
