package source

import (
	"sync"
	"time"
)

// Watch knows which calls of the file system are under way, and since when: one that a
// server of files does not answer cannot be ended by who waits for it. The zero value is
// ready, and safe for concurrent use.
type Watch struct {
	mu    sync.Mutex
	last  int
	calls map[int]call
}

type call struct {
	what  string
	since time.Time
}

// Begin notes a call; what is returned ends it.
func (w *Watch) Begin(what string) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[int]call{}
	}
	w.last++
	n := w.last
	w.calls[n] = call{what, time.Now()}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.calls, n)
	}
}

// Longest returns what has been waited for longest, and for how long; "" and 0 where no
// call is under way.
func (w *Watch) Longest() (what string, waited time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if so := time.Since(c.since); so >= waited {
			what, waited = c.what, so
		}
	}
	return what, waited
}
