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
	unlock, err := s.lock(server)
	if err != nil {
		return k, err
	}
	defer unlock()
	if k, err = s.Read(server); err != nil || now.Before(k.Ends.Add(-renewBefore)) {
		return k, err // another one has renewed it, or signed out
	}
	next, err := k.Renew(ctx)
	if err != nil {
		return k, err
	}
	return next, s.write(next)
}

// lock waits until nobody else changes what is kept for a gateway.
func (s Store) lock(server string) (unlock func(), err error) {
	f, err := os.OpenFile(s.path(server)+".lock", os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil // which lets go of it
}
