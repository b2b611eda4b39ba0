package signin

import (
	"context"
	"os"
	"syscall"
	"time"
)

// renewBefore is how long before its end a token is renewed: it is to last for a call, and
// clocks may differ.
const renewBefore = time.Minute

// Current returns what is kept for a gateway, renewed where it ends soon. Several command
// lines at once renew it once: an issuer may take each renewal for the last by that token.
// Errors: those of Read and of Renew; what is kept is returned beside those of Renew.
func (s Store) Current(ctx context.Context, server string, now time.Time) (*Kept, error) {
	k, err := s.Read(server)
	if err != nil || now.Before(k.Ends.Add(-renewBefore)) {
		return k, err
	}
	lock, err := os.OpenFile(s.path(server)+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return k, err
	}
	defer func() { _ = lock.Close() }() // which lets go of it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return k, err
	}
	if k, err = s.Read(server); err != nil || now.Before(k.Ends.Add(-renewBefore)) {
		return k, err // another one has renewed it
	}
	next, err := k.Renew(ctx)
	if err != nil {
		return k, err
	}
	return next, s.Write(next)
}
