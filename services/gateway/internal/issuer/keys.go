package issuer

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/streamflow/streamflow/platform/problem"
)

const (
	// anewAfter is how old keys are when they are fetched anew by the way: a key that was
	// taken back is good for no longer.
	anewAfter = 15 * time.Minute
	// keptFor is how long keys are good whose issuer cannot be asked.
	keptFor = 24 * time.Hour
	// apart is the time between two fetches, whoever has reason for one: a key that nobody
	// knows is one.
	apart = time.Minute
	// apartWithout is the time between two fetches as long as there are no keys at all.
	apartWithout = 10 * time.Second
)

// keys are those of an issuer. They are safe for concurrent use.
type keys struct {
	issuer string
	fetch  func(context.Context) ([]jose.JSONWebKey, error)
	now    func() time.Time
	log    *slog.Logger

	mu sync.Mutex
	// held are the keys of the last fetch that worked, which was at fetched; tried is when
	// the last one began, and err why it failed.
	held           []jose.JSONWebKey
	fetched, tried time.Time
	err            error
	// under is closed when the fetch that is under way has ended; nil where none is.
	under chan struct{}
}

// find returns the keys of an id, or all where it is empty, that may be of an algorithm.
// Errors: UNAUTHENTICATED where the issuer has none, ISSUER_UNAVAILABLE where it cannot be
// asked.
func (k *keys) find(ctx context.Context, id, algorithm string) ([]jose.JSONWebKey, error) {
	found, due := k.look(id, algorithm)
	if len(found) > 0 {
		if due {
			k.begin(ctx)
		}
		return found, nil
	}
	k.ask(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if found, _ = k.look(id, algorithm); len(found) > 0 {
		return found, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.good() {
		return nil, problem.Wrap(k.err, problem.IssuerUnavailable, "the issuer %s cannot be asked for its keys: whether its token is good is not known", k.issuer)
	}
	return nil, problem.New(problem.Unauthenticated, "the token is signed by a key that its issuer %s does not have, as far as it was asked", k.issuer).
		Advise("Where the issuer has just changed its keys, try again in a minute.")
}

// look returns the keys that there are; due says that they are to be fetched anew.
func (k *keys) look(id, algorithm string) (found []jose.JSONWebKey, due bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.good() {
		return nil, true
	}
	for _, key := range k.held {
		if (id == "" || key.KeyID == id) && signs(key, algorithm) {
			found = append(found, key)
		}
	}
	return found, k.now().Sub(k.fetched) >= anewAfter
}

// good says whether the keys are still those of the issuer, as far as is known.
func (k *keys) good() bool { return !k.fetched.IsZero() && k.now().Sub(k.fetched) < keptFor }

// ask fetches the keys, where that may be, or waits for the fetch that is under way.
func (k *keys) ask(ctx context.Context) {
	under := k.begin(ctx)
	if under == nil {
		return
	}
	select {
	case <-under:
	case <-ctx.Done():
	}
}

// begin begins a fetch, where that may be, and returns what is closed when it, or the one
// that is under way, has ended; nil where neither is.
func (k *keys) begin(ctx context.Context) <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.under != nil {
		return k.under
	}
	wait := apart
	if !k.good() {
		wait = apartWithout
	}
	if !k.tried.IsZero() && k.now().Sub(k.tried) < wait {
		return nil
	}
	k.tried, k.under = k.now(), make(chan struct{})
	// Who gives up does not take the keys from others; the fetch has a limit of its own.
	go k.renew(context.WithoutCancel(ctx), k.under)
	return k.under
}

func (k *keys) renew(ctx context.Context, under chan struct{}) {
	defer close(under)
	ctx, cancel := context.WithTimeout(ctx, asked)
	defer cancel()
	held, err := k.fetch(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.under = nil
	switch {
	case err != nil && k.err == nil:
		k.log.Warn("an issuer cannot be asked for its keys: tokens of it are taken by those that are known, for a day, and refused without", "issuer", k.issuer, "known", len(k.held), "error", err)
	case err == nil && (k.err != nil || k.fetched.IsZero()):
		k.log.Info("the keys of an issuer are known", "issuer", k.issuer, "keys", ids(held))
	}
	k.err = err
	if err == nil {
		k.held, k.fetched = held, k.now()
	}
}

func ids(keys []jose.JSONWebKey) []string {
	var all []string
	for _, key := range keys {
		all = append(all, key.KeyID)
	}
	slices.Sort(all)
	return all
}
