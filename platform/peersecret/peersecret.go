// Package peersecret is the secret by which the services of a suite know each other where
// no certificates do: whoever calls sends it, and whoever is called compares it. It
// authenticates the suite and not a service of it, and whoever reads the network between
// them reads it: over networks of others there is TLS.
package peersecret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/streamflow/streamflow/platform/secretfile"
)

// Shortest is the least number of characters of a secret: fewer could be guessed.
const Shortest = 32

// most is how many secrets are taken at once: the new one and the one before it.
const most = 2

// lookEvery is how often a file is looked at for a change, at most: a rotation takes
// minutes, and a look costs a call of the system.
const lookEvery = time.Second

// Secret is one secret, or two while one takes the place of the other. It is safe for
// concurrent use.
type Secret struct {
	path string // empty where it does not come from a file
	log  *slog.Logger

	mu      sync.Mutex
	values  []string // the first one is sent
	version secretfile.Version
	looked  time.Time
	broken  error // why the file is not taken as it is
}

// New returns a new secret, of 128 random bits and more.
func New() string { return rand.Text() + rand.Text() }

// Parse reads one or two secrets with blanks, lines or a comma between them.
// Errors: none, more than two, one that is too short or of other characters.
func Parse(text string) ([]string, error) {
	values := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) })
	if len(values) == 0 || len(values) > most {
		return nil, fmt.Errorf("expected one secret, or two while one takes the place of the other, found %d", len(values))
	}
	for i, v := range values {
		if len(v) < Shortest {
			return nil, fmt.Errorf("secret %d: expected at least %d characters, found %d: make one with `openssl rand -hex 32`", i+1, Shortest, len(v))
		}
		if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("secret %d: expected letters, digits and signs of ASCII, found others: make one with `openssl rand -hex 32`", i+1)
		}
		if guessable(v) {
			return nil, fmt.Errorf("secret %d: expected one that chance has made, found few characters that repeat: make one with `openssl rand -hex 32`", i+1)
		}
	}
	return values, nil
}

// Of returns the secret that a text holds. Errors: what Parse says.
func Of(text string) (*Secret, error) {
	values, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return &Secret{values: values}, nil
}

// Open returns the secret in a file, which is read again when it changes. One that cannot
// be read then leaves the secret as it was, and log says so.
// Errors: what secretfile.Read and Parse say.
func Open(path string, log *slog.Logger) (*Secret, error) {
	s := &Secret{path: path, log: log, version: secretfile.VersionOf(path), looked: time.Now()}
	var err error
	s.values, err = read(path)
	return s, err
}

func read(path string) ([]string, error) {
	text, err := secretfile.Read(path)
	if err != nil {
		return nil, err
	}
	values, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, nil
}

// Sent is the secret that is sent to others.
func (s *Secret) Sent() string { return s.current()[0] }

// Accepts says whether what a caller sent is the secret, in a time that does not tell how
// much of it is right.
func (s *Secret) Accepts(sent string) bool {
	given := sha256.Sum256([]byte(sent)) // equal lengths, whatever was sent
	right := 0
	for _, v := range s.current() {
		want := sha256.Sum256([]byte(v))
		right |= subtle.ConstantTimeCompare(given[:], want[:])
	}
	return right == 1
}

// Broken says why the file of the secret cannot be taken as it is now, while the secret of
// before stays in use; nil where nothing is wrong.
func (s *Secret) Broken() error {
	s.current()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// current returns the secrets, read again where their file has changed.
func (s *Secret) current() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" || time.Since(s.looked) < lookEvery {
		return s.values
	}
	s.looked = time.Now()
	version := secretfile.VersionOf(s.path)
	if version == s.version {
		return s.values
	}
	s.version = version
	values, err := read(s.path)
	s.broken = err
	if err != nil {
		s.log.Error("the peer secret changed to one that cannot be taken: the one before stays", "error", err)
		return s.values
	}
	s.values = values
	s.log.Info("the peer secret changed", "accepted", len(values))
	return s.values
}
