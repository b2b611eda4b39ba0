// Package rate bounds how many requests one subject makes: a token bucket each, which fills
// at an even pace, holds so much as a burst takes, and costs one for a request, whatever it
// asks for. One client in a loop is slowed down, and the others do not wait behind it.
package rate

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
)

// Defaults are far above what people, pages and pipelines ask for, and far below what keeps
// a gateway busy.
const (
	DefaultPerSecond = 200
	DefaultBurst     = 1000
)

// remembered is how many buckets are kept at once: those that are full again are as good as
// none.
const remembered = 10_000

// Buckets are those of all subjects. They are safe for concurrent use.
type Buckets struct {
	perSecond, burst float64
	now              func() time.Time

	mu sync.Mutex
	of map[string]*bucket
}

// bucket is how much was in it when it was last looked at.
type bucket struct {
	holds float64
	at    time.Time
}

// New makes buckets that fill by so many requests a second and hold a burst of so many. Where
// perSecond is 0 nobody is bounded.
func New(perSecond, burst int) *Buckets {
	return &Buckets{perSecond: float64(perSecond), burst: float64(max(burst, 1)), now: time.Now, of: map[string]*bucket{}}
}

// Take takes one request out of a subject's bucket. Errors: RATE_LIMITED, which says in how
// many seconds there is one again.
func (b *Buckets) Take(subject string) error {
	if b == nil || b.perSecond <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	k := b.of[subject]
	if k == nil {
		if len(b.of) >= remembered {
			b.forget(now)
		}
		k = &bucket{holds: b.burst, at: now}
		b.of[subject] = k
	}
	k.holds = b.after(k, now)
	k.at = now
	if k.holds >= 1 {
		k.holds--
		return nil
	}
	wait := strconv.Itoa(int(math.Ceil((1 - k.holds) / b.perSecond)))
	return problem.New(problem.RateLimited, "more requests were made with one token than the %g a second, and %g at once, that one may: try again in %s s", b.perSecond, b.burst, wait).
		With(problem.RetryAfter, wait)
}

// after is what a bucket holds at a moment.
func (b *Buckets) after(k *bucket, now time.Time) float64 {
	return min(b.burst, k.holds+max(0, now.Sub(k.at).Seconds())*b.perSecond)
}

// forget drops the buckets that are full, and, where that makes no room, all: a burst more for
// each is little beside a map that grows for ever.
func (b *Buckets) forget(now time.Time) {
	for subject, k := range b.of {
		if b.after(k, now) >= b.burst {
			delete(b.of, subject)
		}
	}
	if len(b.of) >= remembered {
		clear(b.of)
	}
}
