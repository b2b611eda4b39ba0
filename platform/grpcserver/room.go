package grpcserver

import (
	"errors"
	"net"
	"sync"
)

// roomOf is how many bytes of requests a server holds at once, of all connections: what
// has come of them, and what it takes once it is read. It is a fifth of what a pod has
// (deploy/k8s), since a request that is passed on or written down is there once more.
const roomOf = 48 << 20

// mostConnections is how many connections a server holds: each takes some 100 KiB.
const mostConnections = 1000

// errCrowded says of a connection that it was closed, as the one that held most.
var errCrowded = errors.New("the connection held most of the room that requests have, and more was needed")

// room counts the bytes of requests. Where more come than there is room for, the
// connection that holds most is closed: who sends little is served on.
type room struct {
	most int64

	mu      sync.Mutex
	held    int64
	tenants map[*tenant]struct{}
}

// tenant is a connection, and what it holds.
type tenant struct {
	net.Conn
	room  *room
	held  int64
	calls int
	gone  bool
}

// tenantAddress is how a call finds the connection that it came over.
type tenantAddress struct {
	net.Addr
	tenant *tenant
}

// RemoteAddr is the other side's.
func (t *tenant) RemoteAddr() net.Addr { return tenantAddress{t.Conn.RemoteAddr(), t} }

// Read counts what comes.
func (t *tenant) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if !t.hold(int64(n)) {
		return 0, errCrowded
	}
	return n, err
}

// Close gives back what the connection held.
func (t *tenant) Close() error {
	t.room.mu.Lock()
	t.leave()
	t.room.mu.Unlock()
	return t.Conn.Close()
}

// leave is called under the lock.
func (t *tenant) leave() {
	t.room.held -= t.held
	t.held, t.gone = 0, true
	delete(t.room.tenants, t)
}

// hold takes room; false where the connection had to go for it.
func (t *tenant) hold(bytes int64) bool {
	r := t.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.gone {
		return false
	}
	t.held += bytes
	r.held += bytes
	for r.held > r.most {
		largest := t
		for other := range r.tenants {
			if other.held > largest.held {
				largest = other
			}
		}
		largest.leave()
		_ = largest.Conn.Close() // its reader and its calls end with it
	}
	return !t.gone
}

// begin counts a call whose request is on its way.
func (t *tenant) begin() {
	t.room.mu.Lock()
	defer t.room.mu.Unlock()
	t.calls++
}

// end gives back what a call held. Where no other is on its way, that is all: frames of
// the protocol itself belong to no call.
func (t *tenant) end(bytes int64) {
	t.room.mu.Lock()
	defer t.room.mu.Unlock()
	t.calls--
	if t.calls == 0 {
		bytes = t.held
	}
	bytes = min(bytes, t.held)
	t.held -= bytes
	t.room.held -= bytes
}

// guarded is a listener whose connections share a room.
type guarded struct {
	net.Listener
	room *room
}

// Accept returns the next connection that there is room for, and closes others.
func (g guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		t := &tenant{Conn: conn, room: g.room}
		if g.room.enter(t) {
			return t, nil
		}
		_ = conn.Close() // one too many: it may come again
	}
}

func (r *room) enter(t *tenant) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.tenants) >= mostConnections {
		return false
	}
	if r.tenants == nil {
		r.tenants = map[*tenant]struct{}{}
	}
	r.tenants[t] = struct{}{}
	return true
}
