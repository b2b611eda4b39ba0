package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/patience"
)

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

// withLocks runs fn in a fenced transaction, one at a time for each piece of work, that
// waits for no lock longer than the lock timeout, and is tried again where it had to.
// tell, where given, is told whom it waits for.
func (s *Stamper) withLocks(ctx context.Context, f fence.Fence, work string, tell func(holders string), fn func(context.Context, *pgx.Conn) error) error {
	p := patience.Patience{LockTimeout: s.opts.LockTimeout, Tries: s.opts.LockTries, Tell: tell}
	return p.Tx(ctx, f, s.pool, "a snapshot table", func(ctx context.Context, conn *pgx.Conn) error {
		if err := takeTurn(ctx, conn, f, work); err != nil {
			return err
		}
		return fn(ctx, conn)
	})
}
