package privatepg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
)

// takeOver stops a server that still runs on the cluster though the program that
// started it is gone (this process holds the folder's lock). A pid file whose process
// is gone is left alone: PostgreSQL clears it away, after checks of its own that rest
// on it. One whose number now belongs to another program, or to a server that ended and
// that nobody has waited for yet, is removed, because there PostgreSQL would refuse to
// start. That sessions still work it sees without the file, by the memory they hold.
func takeOver(ctx context.Context, log *slog.Logger, pgdata string) error {
	f, err := settledPidFile(pgdata)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errUnreadablePidFile): // cut short by a power failure
		return removePidFile(pgdata)
	case err != nil:
		return fmt.Errorf("read the pid file of a server before: %w", err)
	case !numbered(f.pid):
		return nil
	case !alive(f.pid) || !serves(f.pid, pgdata):
		return removePidFile(pgdata)
	}
	log.WarnContext(ctx, "a PostgreSQL of a program that was killed still runs on this folder; stopping it", "pid", f.pid, "data", pgdata)
	if endServer(ctx, f) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stop the PostgreSQL that still runs on %s: %w", pgdata, err)
	}
	return problem.New(problem.PostgresNotStarted,
		"a PostgreSQL (process %d) still runs on %s and does not stop; end it, then start again", f.pid, pgdata)
}

// settledPidFile reads the pid file, and looks again for a moment where it holds no
// number: a server that starts makes the file first and writes into it then.
func settledPidFile(pgdata string) (f pidFile, err error) {
	until(500*time.Millisecond, func() bool {
		f, err = readPidFile(pgdata)
		return !errors.Is(err, errUnreadablePidFile)
	})
	return f, err
}

// removePidFile removes the pid file; one that its server has removed by now is no error.
func removePidFile(pgdata string) error {
	if err := os.Remove(pidPath(pgdata)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// numbered says whether the system knows a process of this number, which is so also of
// one that has ended, until its parent has waited for it.
func numbered(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// endServer ends a server that is no child of ours: in order, or, where it recovers, at
// once. It would hear of an orderly end only when it has recovered, its next start
// recovers anyway, and nobody works on it yet.
func endServer(ctx context.Context, f pidFile) bool {
	if !f.starting {
		if err := syscall.Kill(f.pid, syscall.SIGINT); errors.Is(err, os.ErrPermission) {
			return false
		}
		until(time.Minute, func() bool { return ctx.Err() != nil || !alive(f.pid) || recovers(f.pid) })
		if ctx.Err() != nil {
			return false
		}
	}
	return !alive(f.pid) || signalAndWait(ctx, f.pid, syscall.SIGQUIT, 10*time.Second)
}

// isStartup says whether a process calls itself PostgreSQL's startup process, as
// "postgres: streamflow: startup recovering 000000010000000000000001" or without more.
func isStartup(title string) bool {
	words := strings.Fields(strings.TrimRight(title, "\x00"))
	return len(words) > 0 && words[0] == "postgres:" &&
		(slices.Contains(words[1:min(3, len(words))], "startup"))
}
