package rest

import (
	"errors"
	"io"
	"sync/atomic"
)

// inFlight is how many bytes of bodies the gateway holds at once, of all requests: four
// of the largest. Each is several times its size while it is read and passed on, and a
// pod has 256 MiB (deploy/k8s).
const inFlight = 4 * maxBody

// errCrowded says that the bodies of others leave no room.
var errCrowded = errors.New("the gateway holds as many bytes of requests as it may")

// budget counts the bytes that are held.
type budget struct{ held atomic.Int64 }

// hold returns a reader that counts what comes through it, and refuses what there is no
// room for; give gives all of it back, once nobody needs the body any more. A body takes
// room as it comes, so that one that comes slowly keeps none from others.
func (b *budget) hold(from io.Reader) (r io.Reader, give func()) {
	h := &held{budget: b, from: from}
	return h, func() { b.held.Add(-h.bytes) }
}

type held struct {
	budget *budget
	from   io.Reader
	bytes  int64
}

// Read reads on; errCrowded where what was read would be too much. Who is refused gives back
// at once what it has: many that come evenly would otherwise all be refused, each for what
// the others hold who are refused as well.
func (h *held) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	h.bytes += int64(n)
	if h.budget.held.Add(int64(n)) > inFlight {
		h.budget.held.Add(-h.bytes)
		h.bytes = 0
		return n, errCrowded
	}
	return n, err
}
