package worker

import (
	"context"
	"errors"
	"time"

	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// lease is what a worker knows of its hold on a run. It counts from the moment at
// which the last renewal that succeeded was sent, by the worker's own monotonic
// clock; the database counts from when it arrived, which is later. So the worker
// stops before anybody else may begin.
type lease struct {
	length  time.Duration
	renewed time.Time
}

// left is how long the lease still holds; not above 0 once it has run out.
func (l lease) left(now time.Time) time.Duration { return l.length - now.Sub(l.renewed) }

// pauseBefore is how long to wait before the next renewal: a heartbeat, or what is
// left of the lease where that is less, to stop in time.
func (l lease) pauseBefore(now time.Time, heartbeat time.Duration) time.Duration {
	return max(min(heartbeat, l.left(now)), 0)
}

// limit is how long to wait for the answer to a renewal: long enough for a server
// that is slow, short enough for more than one try within a lease.
func (l lease) limit(now time.Time, heartbeat time.Duration) time.Duration {
	return min(max(heartbeat, l.length/3), l.left(now))
}

// errLeaseRanOut says that no heartbeat was answered for as long as the lease lasts.
var errLeaseRanOut = errors.New("no heartbeat was answered for the length of the lease")

// keep renews the lease until ctx ends, and hears with every heartbeat, and at once
// when it is woken, whether the run shall stop. Where the lease is lost, it calls drop.
func (x *execution) keep(ctx context.Context, held store.Claim, l lease, drop context.CancelCauseFunc) {
	wake, leave := x.hub.Subscribe(store.ChannelCancel, held.Run)
	defer leave()
	timer := time.NewTimer(l.pauseBefore(time.Now(), x.cfg.Heartbeat))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-wake:
		}
		var err error
		if l, err = x.renew(ctx, held, l); err != nil {
			drop(err)
			return
		}
		timer.Reset(l.pauseBefore(time.Now(), x.cfg.Heartbeat))
	}
}

// renew sends one heartbeat. A heartbeat that is not answered is no loss until the
// lease has run out.
func (x *execution) renew(ctx context.Context, held store.Claim, l lease) (lease, error) {
	sent := time.Now()
	if l.left(sent) <= 0 {
		return l, errLeaseRanOut
	}
	rctx, cancel := context.WithTimeout(ctx, l.limit(sent, x.cfg.Heartbeat))
	defer cancel()
	stop, err := x.store.Renew(rctx, held, l.length)
	switch {
	case errors.Is(err, store.ErrLost):
		return l, err
	case err != nil:
		return l, nil
	}
	if stop {
		x.askStop()
	}
	return lease{length: l.length, renewed: sent}, nil
}
