package privatepg

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
)

// goodbye says how long the sessions of a postmaster that was killed are waited for
// before each next measure. An idle one ends by itself at once; one that works ends
// with its statement, which may take hours, and would keep the server down for as long.
type goodbye struct {
	ask   time.Duration // then each is told to end (SIGTERM): it does so where it looks for interrupts
	force time.Duration // then at once (SIGQUIT): what it did not commit is rolled back in any case
	limit time.Duration // then the start fails, and names them
}

var usualGoodbye = goodbye{ask: 3 * time.Second, force: 10 * time.Second, limit: time.Minute}

// orphans are the sessions that a killed postmaster left on a cluster. They hold its
// shared memory, and no other server starts before they have ended.
type orphans struct {
	pgdata string
	log    *slog.Logger
	times  goodbye

	began         time.Time // of the wait; zero before it
	asked, forced bool
}

// seeOff waits until the orphans have ended, or for a moment where the system does not
// tell them, so that another start is worth its while. It fails when their time is over.
func (o *orphans) seeOff(ctx context.Context) error {
	if o.began.IsZero() {
		o.began = time.Now()
		o.log.WarnContext(ctx, "PostgreSQL was killed and sessions of it still work; it is started again when they have ended",
			"processes", serving(o.pgdata), "data", o.pgdata)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the sessions of the PostgreSQL before: %w", ctx.Err())
		case <-tick.C:
		}
		left := serving(o.pgdata)
		if time.Since(o.began) > o.times.limit {
			return o.stuck(left)
		}
		if len(left) == 0 {
			return nil
		}
		o.hurry(ctx, left)
	}
}

// hurry tells the orphans to end once their time for it has come.
func (o *orphans) hurry(ctx context.Context, left []int) {
	waited := time.Since(o.began)
	tell := func(told *bool, after time.Duration, sig syscall.Signal) {
		if *told || waited < after {
			return
		}
		*told = true
		o.log.WarnContext(ctx, "telling the sessions of the killed PostgreSQL to end", "processes", left, "signal", sig.String())
		for _, pid := range left {
			_ = syscall.Kill(pid, sig)
		}
	}
	tell(&o.asked, o.times.ask, syscall.SIGTERM)
	tell(&o.forced, o.times.force, syscall.SIGQUIT)
}

func (o *orphans) stuck(left []int) error {
	if len(left) == 0 {
		return problem.New(problem.PostgresNotStarted,
			"a PostgreSQL that was killed has left its memory in use on %s for %v, and no process of it is found; end it, or restart the machine, then start again",
			o.pgdata, o.times.limit)
	}
	all := strings.Trim(fmt.Sprint(slices.Sorted(slices.Values(left))), "[]")
	return problem.New(problem.PostgresNotStarted,
		"sessions of a PostgreSQL that was killed still work on %s after %v; end them (kill -9 %s), then start again",
		o.pgdata, o.times.limit, all)
}
