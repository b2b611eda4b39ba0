package privatepg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
)

// takeOver stops a server that still runs on the cluster though the program that
// started it is gone (this process holds the folder's lock). A pid file whose process
// is gone is left alone: PostgreSQL clears it away, after checks of its own that rest
// on it. One whose number now belongs to another program is removed, because there
// PostgreSQL would refuse to start.
func takeOver(ctx context.Context, log *slog.Logger, pgdata string) error {
	f, err := readPidFile(pgdata)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errUnreadablePidFile): // cut short by a power failure
		return os.Remove(pidPath(pgdata))
	case err != nil:
		return fmt.Errorf("read the pid file of a server before: %w", err)
	case !alive(f.pid):
		return nil
	case !serves(f.pid, pgdata):
		return os.Remove(pidPath(pgdata))
	}
	log.WarnContext(ctx, "a PostgreSQL of a program that was killed still runs on this folder; stopping it", "pid", f.pid, "data", pgdata)
	if signalAndWait(ctx, f.pid, syscall.SIGINT, time.Minute) || signalAndWait(ctx, f.pid, syscall.SIGQUIT, 10*time.Second) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stop the PostgreSQL that still runs on %s: %w", pgdata, err)
	}
	return problem.New(problem.PostgresNotStarted,
		"a PostgreSQL (process %d) still runs on %s and does not stop; end it, then start again", f.pid, pgdata)
}
