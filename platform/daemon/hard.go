package daemon

import (
	"context"
	"log/slog"
	"time"

	"github.com/streamflow/streamflow/platform/grpcserver"
)

// hardAfter is how long, beside the drain, a stop may take: what is cut off has to give
// its connections back. It stays with the drain under what Kubernetes allows a pod.
const hardAfter = 5 * time.Second

// endHard ends the process where a stop takes longer than its limit: a call that hangs in
// the kernel, as in a mount whose server is gone, hears of no context, and nothing that
// waits for it would ever end. What it had not committed, fences and transactions keep
// from being half done. The function that it returns says that the stop has ended.
func endHard(ctx context.Context, drain grpcserver.Drain, log *slog.Logger, exit func(code int)) (stopped func()) {
	limit := drain.Wait + drain.Limit + hardAfter
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		select {
		case <-ended:
		case <-time.After(limit):
			log.Error("not stopped in time: ending hard", "after", limit)
			exit(1)
		}
	}()
	return func() { close(ended) }
}
