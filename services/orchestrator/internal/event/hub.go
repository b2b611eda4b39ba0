// Package event wakes those who wait for something to happen to a run, and lets
// them watch its events. The table of events is the truth; a wake-up only says when
// to look, so one that is lost costs a second, never an event.
package event

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Any is the key under which every notification of a channel is heard.
const Any = ""

// Hub hands the notifications of PostgreSQL, which one connection per process hears,
// to all who wait in the process.
type Hub struct {
	pool *postgres.Pool
	log  *slog.Logger
	done chan struct{}

	mu      sync.Mutex
	waiting map[topic]map[chan struct{}]bool
}

type topic struct{ channel, key string }

// NewHub returns a hub that listens where the pool connects to; it hears nothing from
// other processes until Run, and nothing at all behind a pooler.
func NewHub(pool *postgres.Pool, log *slog.Logger) *Hub {
	return &Hub{pool: pool, log: log, done: make(chan struct{}), waiting: map[topic]map[chan struct{}]bool{}}
}

// Subscribe returns a channel that gets a value whenever the channel of PostgreSQL
// was notified with the key, or may have been unheard. Values that are not taken are
// merged into one. leave ends it.
func (h *Hub) Subscribe(channel, key string) (wake <-chan struct{}, leave func()) {
	t, c := topic{channel, key}, make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[t] == nil {
		h.waiting[t] = map[chan struct{}]bool{}
	}
	h.waiting[t][c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting[t], c)
		if len(h.waiting[t]) == 0 {
			delete(h.waiting, t)
		}
	}
}

// Wake wakes those who wait for the channel with the key, and those who wait for any
// key of it.
func (h *Hub) Wake(channel, key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range []topic{{channel, key}, {channel, Any}} {
		for c := range h.waiting[t] {
			poke(c)
		}
	}
}

// WakeAll wakes everybody: something may have happened unheard.
func (h *Hub) WakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, waiting := range h.waiting {
		for c := range waiting {
			poke(c)
		}
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // a wake-up is waiting already
	}
}

// Done is closed when Run has ended, and watching with it.
func (h *Hub) Done() <-chan struct{} { return h.done }

// Waits before another try to listen. While they last, those who wait look by
// themselves, once a second or oftener. A pooler is there to stay.
const (
	reconnectAfter  = 500 * time.Millisecond
	lookAgainBehind = time.Minute
)

// errPooler says that the connection goes through a pooler, where the session that
// would listen is anybody's.
var errPooler = errors.New("the connection goes through a pooler")

// Run listens until ctx ends, and connects again whenever the connection was lost.
func (h *Hub) Run(ctx context.Context) {
	defer close(h.done)
	lost := false
	for ctx.Err() == nil {
		err := h.listen(ctx, &lost)
		if ctx.Err() != nil {
			return
		}
		if !lost {
			h.sayLost(ctx, err)
			lost = true
		}
		wait := reconnectAfter
		if errors.Is(err, errPooler) {
			wait = lookAgainBehind
		}
		_ = pause.Sleep(ctx, wait)
	}
}

func (h *Hub) sayLost(ctx context.Context, err error) {
	if errors.Is(err, errPooler) {
		h.log.InfoContext(ctx, "behind a pooler nothing is heard: looking by the clock, once a second; "+
			"with the server's own address in SF_LISTEN_DATABASE_URL it is heard at once")
		return
	}
	h.log.WarnContext(ctx, "not listening, looking by the clock", "error", err)
}

func (h *Hub) listen(ctx context.Context, lost *bool) error {
	conn, err := h.pool.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if postgres.Shared(conn) {
		return errPooler
	}
	for _, channel := range []string{store.ChannelEvent, store.ChannelCancel, store.ChannelQueue} {
		if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
			return err
		}
	}
	if *lost {
		h.log.InfoContext(ctx, "listening again")
		*lost = false
	}
	h.WakeAll()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		h.Wake(n.Channel, n.Payload)
	}
}
