package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
)

// given refuses a command line that lacks flags, or has some that do not go together: files are
// delivered for a date, and a restamp reads none.
func (s *start) given(has func(flag string) bool) error {
	needs, others := []string{"as-of", "source"}, []string{"from"}
	if s.restamp {
		needs, others = []string{"from"}, []string{"as-of", "source"}
	}
	var missing []string
	for _, flag := range needs {
		if !has(flag) {
			missing = append(missing, strconv.Quote(flag))
		}
	}
	if len(missing) > 0 {
		return exit.BadUsage(fmt.Errorf("required flag(s) %s not set", strings.Join(missing, ", ")))
	}
	for _, flag := range others {
		if has(flag) {
			return exit.BadUsage(fmt.Errorf("--%s does not go with --%s", flag, needs[0]))
		}
	}
	return nil
}

// checkRestamp refuses what a restamp has no use for: it reads no files, and supersedes what
// is stale in any case.
func (s *start) checkRestamp() error {
	switch {
	case s.supersede:
		return exit.BadUsage(errors.New("--supersede is not for --restamp, which supersedes what is stale in any case"))
	case s.restage:
		return exit.BadUsage(errors.New("--restage is not for --restamp, which always lays over and compares"))
	case s.full:
		return exit.BadUsage(errors.New("--full-extract is not for --restamp: a full extract stands on nothing, and is never stale"))
	case len(s.accept) > 0, s.acceptFrom != "":
		return exit.BadUsage(errors.New("--accept is not for --restamp: no guard stops it"))
	}
	if err := checkForm("--from", s.from); err != nil {
		return err
	}
	return s.wait.check()
}

// awaitAll follows a run to its end, and then those that go on with the later dates of a
// restamp, one after the other, until one fails or none is left.
func (a *app) awaitAll(ctx context.Context, c *clients, run string, w wait) error {
	ctx, cancel := w.within(ctx)
	defer cancel()
	for {
		next, err := a.awaitOne(ctx, c, run, w)
		if err != nil || next == "" {
			return err
		}
		a.note("Run %s goes on with what is stale after it.", next)
		run = next
	}
}
