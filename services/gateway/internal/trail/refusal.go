package trail

import (
	"context"
	"sync"
	"time"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// strangersPerMinute is how many refusals of callers whom nobody knows are written one by one
// in a minute. Of more there is a line that counts them: whoever has no token could fill the
// database with lines, and keep those who have one waiting.
const strangersPerMinute = 60

// counting are refusals that were not written one by one.
type counting struct {
	mu      sync.Mutex
	minute  time.Time
	written int
	more    tally
}

// tally is how many refusals there were, and when the first and the last of them.
type tally struct {
	count       int64
	first, last time.Time
}

// and adds those of another.
func (t tally) and(o tally) tally {
	switch {
	case t.count == 0:
		return o
	case o.count == 0:
		return t
	}
	t.count += o.count
	if o.first.Before(t.first) {
		t.first = o.first
	}
	if o.last.After(t.last) {
		t.last = o.last
	}
	return t
}

// facts tell when they were, by the gateway's clock.
func (t tally) facts() string {
	return "first=" + stamp(t.first) + " last=" + stamp(t.last)
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// Refuse writes that something was refused. It is written before the caller is told, as far as
// it can be: where the log cannot be written, or strangers come too fast, it is counted.
func (b *Book) Refuse(ctx context.Context, l *Line, reason string) {
	l = plain(l)
	l.Kind, l.Outcome, l.Reason = orchestratorv1.AuditKind_AUDIT_KIND_REFUSAL, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, reason
	if l.GetToken() == "" && !b.cfg.Open {
		if !b.mayWrite() {
			return
		}
		select {
		case b.strangers <- struct{}{}:
			defer func() { <-b.strangers }()
		case <-ctx.Done():
			b.count()
			return
		}
	}
	done, err := b.wait(ctx)
	if err != nil {
		b.count()
		return
	}
	defer done()
	o := &owing{line: l}
	sent, err := b.write(ctx, o)
	switch {
	case err == nil:
	case sent && len(b.owed) == 0:
		b.owed = []*owing{o}
	default:
		b.count()
	}
}

// mayWrite says whether a stranger's refusal is written for itself; otherwise it is counted.
func (c *counting) mayWrite() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.minute) >= time.Minute {
		c.minute, c.written = now, 0
	}
	if c.written >= strangersPerMinute {
		c.more = c.more.and(one())
		return false
	}
	c.written++
	return true
}

func (c *counting) count() { c.give(one()) }

// give counts some, and take takes all that were counted.
func (c *counting) give(some tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more = c.more.and(some)
}

func (c *counting) take() (more tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	more, c.more = c.more, tally{}
	return more
}

// one is a refusal of this moment.
func one() tally {
	now := time.Now()
	return tally{1, now, now}
}

// tell writes what was counted. The caller has the turn.
func (b *Book) tell(ctx context.Context) {
	more := b.take()
	if more.count == 0 {
		return
	}
	o := &owing{line: &Line{
		Kind: orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS, From: b.cfg.Name,
		Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, Count: more.count, Facts: more.facts(),
	}}
	sent, err := b.write(ctx, o)
	switch {
	case err == nil:
	case sent && len(b.owed) == 0:
		b.owed = []*owing{o}
	default:
		b.give(more)
	}
}
