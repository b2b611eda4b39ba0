package privatepg

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/problem"
)

// What a start that fails writes into the log, where another try helps.
var (
	portTaken   = regexp.MustCompile(`Address already in use`)
	memoryInUse = regexp.MustCompile(`pre-existing shared memory block`)
	// A postmaster whose program was killed a moment ago wrote its file after we had looked.
	lockTaken = regexp.MustCompile(`lock file "postmaster\.pid" (already exists|is empty)`)
	// Recovery made anew what marks an unlogged table, and then met the table's rows, which
	// nothing had marked at its beginning. The next recovery sees the mark, and clears them.
	leftover = regexp.MustCompile(`could not create file "[^"]+": File exists`)
)

// maxTries bounds the tries of a start where waiting is not what helps: the second one
// does, unless others are killed meanwhile.
const maxTries = 5

// retries says of a start that failed whether another try is worth its while, and does
// first what makes it so.
type retries struct {
	server *Server
	left   *orphans
	begun  int // further tries so far, but for those after waiting
}

func (s *Server) retries() *retries {
	return &retries{server: s, left: &orphans{pgdata: s.layout.pgdata(), log: s.options.Log, times: s.goodbye}}
}

// prepare makes another try worth its while, or returns the error that the start ends with.
func (r *retries) prepare(ctx context.Context, failed *failedStart) error {
	if memoryInUse.MatchString(failed.log) {
		return r.left.seeOff(ctx)
	}
	locked := lockTaken.MatchString(failed.log)
	if r.begun++; r.begun >= maxTries || !locked && !leftover.MatchString(failed.log) {
		return problem.Wrap(failed, problem.PostgresNotStarted, "%v", failed)
	}
	o := r.server.options
	o.Log.WarnContext(ctx, "PostgreSQL did not come up after a kill, and is tried again",
		"try", r.begun+1, "why", why(failed.log))
	if err := pause.Sleep(ctx, 100*time.Millisecond); err != nil {
		return fmt.Errorf("start PostgreSQL again: %w", err)
	}
	if locked {
		return takeOver(ctx, o.Log, r.server.layout.pgdata())
	}
	return nil
}

// why is what a server that gave up said of the reason.
func why(log string) string {
	_, said, found := strings.Cut(log, "FATAL:")
	if !found {
		return strings.TrimSpace(lastLines(log, 1))
	}
	said, _, _ = strings.Cut(said, "\n")
	return strings.TrimSpace(said)
}
