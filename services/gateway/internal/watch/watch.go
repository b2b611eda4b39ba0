// Package watch bounds how many runs are watched through the gateway at once. A watch
// takes little, and lasts as long as its client likes: without a bound, one client with
// one connection could have as many as bring the suite down.
package watch

import (
	"net"
	"sync"

	"github.com/streamflow/streamflow/platform/problem"
)

// How many there are at once, over HTTP and gRPC together.
const (
	// PerClient are those of one address; a page that many people look at through one
	// proxy is one client.
	PerClient = 100
	// InAll are those of all. A connection to the orchestrator carries a thousand calls,
	// and the others need to get through.
	InAll = 500
)

// Watches counts who watches. The zero value is ready, and safe for concurrent use.
type Watches struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// Enter counts one more watch of the client at an address, host:port; leave ends it.
// Errors: LIMIT_REACHED.
func (w *Watches) Enter(address string) (leave func(), err error) {
	client, _, err := net.SplitHostPort(address)
	if err != nil {
		client = address // of a process that speaks to itself
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.of[client] >= PerClient:
		return nil, problem.New(problem.LimitReached, "the client at %s watches %d runs, as many as one may: end a watch first, or ask for the run instead", client, PerClient)
	case w.all >= InAll:
		return nil, problem.New(problem.LimitReached, "%d runs are watched through this gateway, as many as may be: ask for the run instead, or try again", InAll)
	}
	if w.of == nil {
		w.of = map[string]int{}
	}
	w.all++
	w.of[client]++
	return sync.OnceFunc(func() { w.leave(client) }), nil
}

func (w *Watches) leave(client string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.of[client]--; w.of[client] == 0 {
		delete(w.of, client)
	}
}
