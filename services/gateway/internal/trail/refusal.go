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
	more    int64
}

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
		c.more++
		return false
	}
	c.written++
	return true
}

func (c *counting) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more++
}

// take takes what was counted.
func (c *counting) take() (more int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	more, c.more = c.more, 0
	return more
}

// tell writes what was counted. The caller has the turn.
func (b *Book) tell(ctx context.Context) {
	more := b.take()
	if more == 0 {
		return
	}
	o := &owing{line: &Line{
		Kind: orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS, From: b.cfg.Name,
		Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, Count: more,
	}}
	sent, err := b.write(ctx, o)
	switch {
	case err == nil:
	case sent && len(b.owed) == 0:
		b.owed = []*owing{o}
	default:
		b.mu.Lock()
		b.more += more
		b.mu.Unlock()
	}
}
