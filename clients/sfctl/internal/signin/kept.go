// Package signin signs a person in to a gateway with an OpenID issuer, by the device code
// (RFC 8628): they open a page in any browser, and the command line gets their tokens. What
// it gets is kept in a file of its user alone beside the address of the gateway that it is
// for, and sent only there.
package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/streamflow/streamflow/platform/secretfile"
)

// Kept is what is kept of somebody who signed in.
type Kept struct {
	// Server is the gateway that the token is for, as it is called.
	Server string `json:"server"`
	// Client is by which they signed in.
	Client
	// Token is what the gateway is called with: an ID token, which ends at Ends.
	Token string    `json:"token"`
	Ends  time.Time `json:"ends"`
	// Refresh gets the next token; empty where the issuer gave none.
	Refresh string `json:"refresh,omitempty"`
}

// Client is how an issuer is asked.
type Client struct {
	// Issuer is its address.
	Issuer string `json:"issuer"`
	// ID is what it knows the command line as, and Secret what it wants besides, if anything.
	ID     string `json:"client_id"`
	Secret string `json:"client_secret,omitempty"`
	// CA is a file of the CA of its certificate; empty for the system's.
	CA string `json:"ca,omitempty"`
	// Scopes are what is asked for.
	Scopes []string `json:"scopes"`
}

// Store is a folder of what is kept.
type Store struct{ Dir string }

// path is the file of a gateway: its address may hold what no file's name may.
func (s Store) path(server string) string {
	sum := sha256.Sum256([]byte(server))
	return filepath.Join(s.Dir, hex.EncodeToString(sum[:16])+".json")
}

// Read returns what is kept for a gateway. Errors: fs.ErrNotExist where nobody signed in,
// and a file that others may read or write.
func (s Store) Read(server string) (*Kept, error) {
	if !filepath.IsAbs(s.Dir) { // of nobody's home: it is whatever lies here
		return nil, fs.ErrNotExist
	}
	text, err := secretfile.Read(s.path(server))
	if err != nil {
		return nil, err
	}
	k := &Kept{}
	if err := json.Unmarshal(text, k); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path(server), err)
	}
	if k.Server != server {
		return nil, fmt.Errorf("%s: expected what is for %s, found %q", s.path(server), server, k.Server)
	}
	return k, nil
}

// Write keeps what somebody signed in with, for its user alone.
func (s Store) Write(k *Kept) error {
	if !filepath.IsAbs(s.Dir) {
		return errors.New("there is no home to keep it in: set HOME or XDG_CONFIG_HOME")
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	unlock, err := s.lock(k.Server)
	if err != nil {
		return err
	}
	defer unlock()
	return s.write(k)
}

// write is Write for who holds the lock.
func (s Store) write(k *Kept) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Dir, ".new-") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path(k.Server))
}

// Forget takes away what is kept for a gateway, also where it is just being renewed: nothing
// comes back. Errors: fs.ErrNotExist where nothing is.
func (s Store) Forget(server string) error {
	if !filepath.IsAbs(s.Dir) {
		return fs.ErrNotExist
	}
	unlock, err := s.lock(server)
	if err != nil {
		return err // of a folder that is not there as well
	}
	defer unlock()
	return os.Remove(s.path(server))
}
