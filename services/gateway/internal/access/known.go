package access

import (
	"context"
	"encoding/hex"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
)

const (
	// knownFor is how long somebody is known without being asked about again: a revocation
	// takes effect within it.
	knownFor = 3 * time.Second
	// unknownFor is how long a secret that nobody knows is refused without being asked
	// about again.
	unknownFor = 10 * time.Second
	// unknownAtOnce is how many secrets that were never known are asked about at once.
	// Those that are known do not wait behind them.
	unknownAtOnce = 8
	// remembered is how many secrets are remembered; a stranger can show any number.
	remembered = 10_000
	// lookupLimit bounds one question to the orchestrator.
	lookupLimit = 5 * time.Second
)

// known remembers for a moment who showed which secret, so that a call costs no question
// to the orchestrator, and a stranger with many secrets cannot have it asked all the time.
type known struct {
	look func(context.Context, shown) (*identity.Identity, error)
	now  func() time.Time
	// trying holds a place for each secret that was never known and is asked about.
	trying chan struct{}
	once   singleflight.Group

	mu   sync.Mutex
	seen map[credential]memory
}

// memory is what was said of a secret: who, or the error.
type memory struct {
	who   *identity.Identity
	err   error
	until time.Time
}

func newKnown(look func(context.Context, shown) (*identity.Identity, error)) *known {
	return &known{look: look, now: time.Now, trying: make(chan struct{}, unknownAtOnce), seen: map[credential]memory{}}
}

// find returns who a secret belongs to. Errors: UNAUTHENTICATED, LIMIT_REACHED, and those of
// the orchestrator, which are not remembered.
func (k *known) find(ctx context.Context, s shown) (*identity.Identity, error) {
	k.mu.Lock()
	m, seen := k.seen[s.credential]
	k.mu.Unlock()
	if seen && k.now().Before(m.until) {
		return m.who, m.err
	}
	// Who gives up does not take the answer from those who wait for the same one.
	answer := k.once.DoChan(s.text(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupLimit)
		defer cancel()
		return k.ask(ctx, s, m.who != nil)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-answer:
		who, _ := got.Val.(*identity.Identity)
		return who, got.Err
	}
}

// ask asks the orchestrator, and remembers what it says.
func (k *known) ask(ctx context.Context, s shown, wasKnown bool) (*identity.Identity, error) {
	if !wasKnown {
		select {
		case k.trying <- struct{}{}:
			defer func() { <-k.trying }()
		case <-ctx.Done():
			return nil, problem.New(problem.LimitReached, "too many tokens that were not seen before are tried at once")
		}
	}
	who, err := k.look(ctx, s)
	switch {
	case err == nil:
		k.remember(s.credential, memory{who: who, until: k.now().Add(knownFor)})
	case problem.Is(err, problem.Unauthenticated):
		k.remember(s.credential, memory{err: err, until: k.now().Add(unknownFor)})
	}
	return who, err
}

func (k *known) remember(c credential, m memory) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.seen) >= remembered {
		k.forget()
	}
	k.seen[c] = m
}

// drop has a secret asked about again.
func (k *known) drop(c credential) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.seen, c)
}

// forget makes room: first what is over, and where that is not enough, strangers before
// anybody who is known.
func (k *known) forget() {
	now := k.now()
	for _, over := range []func(memory) bool{
		func(m memory) bool { return now.After(m.until) },
		func(m memory) bool { return m.who == nil },
		func(memory) bool { return true },
	} {
		for c, m := range k.seen {
			if over(m) {
				delete(k.seen, c)
			}
		}
		if len(k.seen) < remembered {
			return
		}
	}
}

func (c credential) text() string {
	return strconv.Itoa(int(c.kind)) + " " + hex.EncodeToString(c.hash[:])
}
