// Package progress tells a caller how far a step has come, as often as a person can
// follow and no oftener.
package progress

import (
	"sync"
	"time"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Func takes news of how far a step has come. It may be called by several
// goroutines at once.
type Func func(*stepv1.Progress)

// every is how often one table is spoken of: five times a second.
const every = 200 * time.Millisecond

// Throttle returns a Func that passes the first news of every phase of a table, and
// after that one each 200 ms. send is never called twice at once.
func Throttle(send func(*stepv1.Progress)) Func {
	var mu sync.Mutex
	type last struct {
		phase string
		at    time.Time
	}
	said := map[string]last{}
	return func(p *stepv1.Progress) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		before, ok := said[p.GetTable()]
		if ok && before.phase == p.GetPhase() && now.Sub(before.at) < every {
			return
		}
		said[p.GetTable()] = last{phase: p.GetPhase(), at: now}
		send(p)
	}
}
