package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports of the services: below the range that systems take outgoing connections from,
// so that none of those sits on a port between its choice and its use, and beside the
// private PostgreSQL's.
const firstPort, lastPort, blockOf = 10000, 19999, 100

// ports are this process's.
var ports block

// block is a range of ports that one process has for itself for as long as it listens on
// the first of them. A port that is looked for, found free and let go would be found by
// the next as well: two services get the same one, the second of them ends, and the
// first answers in its place.
type block struct {
	mu     sync.Mutex
	claim  net.Listener
	offset int
}

// free returns a loopback address that nobody listens on, and that this process has not
// given out lately.
func (b *block) free(ctx context.Context) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.take(ctx); err != nil {
		return "", err
	}
	first := b.claim.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	var err error
	for range blockOf {
		b.offset = b.offset%(blockOf-1) + 1
		var l net.Listener
		if l, err = listen(ctx, first+b.offset); err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", fmt.Errorf("find a free port from %d to %d: %w", first, first+blockOf-1, err)
}

// take takes a block that no other process has.
func (b *block) take(ctx context.Context) error {
	if b.claim != nil {
		return nil
	}
	var errs []error
	for _, i := range rand.Perm((lastPort - firstPort + 1) / blockOf) { //nolint:gosec // a port is no secret
		l, err := listen(ctx, firstPort+i*blockOf)
		if err == nil {
			b.claim = l
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("find a range of free ports: %w", errors.Join(errs...))
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
