package stage

import (
	"context"
	"sync"
)

// turn is one attempt at a batch: its candidates are named by both.
type turn struct {
	batch string
	fence int64
}

func (r Request) turn() turn { return turn{r.Batch, r.Fence.Number} }

// turns let calls of the same attempt in one after the other. A call that was sent a second
// time, while the first is at work, waits for what that comes to, and takes none of its
// candidates away meanwhile. The zero value has nobody at work.
type turns struct {
	mu     sync.Mutex
	atWork map[turn]chan struct{}
}

// take waits until nobody is at work on an attempt, and returns what ends one's own turn, or
// why ctx ended.
func (ts *turns) take(ctx context.Context, t turn) (end func(), err error) {
	for {
		before, end := ts.tryTake(t)
		if before == nil {
			return end, nil
		}
		select {
		case <-before:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// tryTake returns what ends one's own turn, or what is closed when that of somebody else ends.
func (ts *turns) tryTake(t turn) (before <-chan struct{}, end func()) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if before := ts.atWork[t]; before != nil {
		return before, nil
	}
	ended := make(chan struct{})
	if ts.atWork == nil {
		ts.atWork = map[turn]chan struct{}{}
	}
	ts.atWork[t] = ended
	return nil, func() {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		delete(ts.atWork, t)
		close(ended)
	}
}
