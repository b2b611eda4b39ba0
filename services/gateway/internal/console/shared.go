package console

import (
	"sync"
	"time"
)

// shared is what is made once for all who ask at the same time, and is as good for those
// who ask a moment later.
type shared[T any] struct {
	// fresh is how long it is given again once it was made.
	fresh time.Duration

	mu    sync.Mutex // held while it is made, so that others wait for it
	value T
	until time.Time
}

// get returns what is there, or looks for it.
func (s *shared[T]) get(look func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.until) {
		return s.value
	}
	s.value = look()
	s.until = time.Now().Add(s.fresh)
	return s.value
}
