// Package pause waits between tries.
package pause

import (
	"context"
	"time"
)

// Sleep waits for d, but not longer than ctx lasts. It returns the error of ctx where
// that has ended, also before it began to wait.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err()
}
