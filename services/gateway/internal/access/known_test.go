package access

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
)

// clock is a time that a test sets.
type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time           { return time.Unix(0, c.nanos.Load()) }
func (c *clock) advance(by time.Duration) { c.nanos.Add(int64(by)) }
func anyCredential() shown                { return shownAs(bearer.New(bearer.Token), ofToken) }
func stranger(context.Context) (*identity.Identity, error) {
	return nil, problem.New(problem.Unauthenticated, "the token is not known")
}

func TestARevocationTakesEffectWithinSeconds(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var revoked atomic.Bool
	k := newKnown(func(ctx context.Context, _ shown) (*identity.Identity, error) {
		asked.Add(1)
		if revoked.Load() {
			return stranger(ctx)
		}
		return &identity.Identity{Name: "ann"}, nil
	})
	time := &clock{}
	k.now = time.now
	c := anyCredential()
	for range 100 {
		who, err := k.find(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, "ann", who.Name)
	}
	require.Equal(t, int32(1), asked.Load(), "a call costs no question")

	revoked.Store(true)
	time.advance(knownFor)

	for range 100 {
		_, err := k.find(t.Context(), c)
		require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	}
	require.Equal(t, int32(2), asked.Load(), "nor does one that is refused")
}

func TestWhatCannotBeAskedIsNotRemembered(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	k := newKnown(func(context.Context, shown) (*identity.Identity, error) {
		if away != nil {
			return nil, away
		}
		return &identity.Identity{}, nil
	})
	c := anyCredential()
	_, err := k.find(t.Context(), c)
	require.ErrorIs(t, err, away)
	away = nil
	_, err = k.find(t.Context(), c)
	require.NoError(t, err)
}

// Who shows any number of made-up tokens has the orchestrator asked for few at once, and
// keeps nobody out who is known.
func TestStrangersDoNotHammerTheOrchestrator(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	gate := make(chan struct{})
	ann := anyCredential()
	k := newKnown(func(ctx context.Context, c shown) (*identity.Identity, error) {
		if c == ann {
			return &identity.Identity{Name: "ann"}, nil
		}
		at := now.Add(1)
		for m := most.Load(); at > m && !most.CompareAndSwap(m, at); m = most.Load() {
		}
		<-gate
		now.Add(-1)
		return stranger(ctx)
	})
	time := &clock{}
	k.now = time.now
	_, err := k.find(t.Context(), ann)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 500 {
		wg.Go(func() {
			if _, err := k.find(t.Context(), anyCredential()); err == nil {
				t.Error("a stranger is let in")
			}
		})
	}
	require.Eventually(t, func() bool { return now.Load() == unknownAtOnce }, patience, moment)

	time.advance(knownFor)
	who, err := k.find(t.Context(), ann)
	require.NoError(t, err, "ann is asked about again, and waits behind nobody")
	require.Equal(t, "ann", who.Name)

	close(gate)
	wg.Wait()
	require.LessOrEqual(t, most.Load(), int32(unknownAtOnce))
}

const (
	patience = 10 * time.Second
	moment   = time.Millisecond
)

func TestTheSameSecretAtOnceIsOneQuestion(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	gate := make(chan struct{})
	k := newKnown(func(context.Context, shown) (*identity.Identity, error) {
		asked.Add(1)
		<-gate
		return &identity.Identity{Name: "ann"}, nil
	})
	c := anyCredential()
	gone, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := k.find(gone, c); left <- err }()
	require.Eventually(t, func() bool { return asked.Load() == 1 }, patience, moment)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if who, err := k.find(t.Context(), c); err != nil || who.Name != "ann" {
				t.Error(err)
			}
		})
	}
	leave()
	require.ErrorIs(t, <-left, context.Canceled, "who gives up")
	close(gate)
	wg.Wait()
	require.Equal(t, int32(1), asked.Load(), "takes the answer from nobody")
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	ann := anyCredential()
	k := newKnown(func(ctx context.Context, c shown) (*identity.Identity, error) {
		if c == ann {
			return &identity.Identity{Name: "ann"}, nil
		}
		return stranger(ctx)
	})
	time := &clock{}
	k.now = time.now
	_, err := k.find(t.Context(), ann)
	require.NoError(t, err)
	for i := range remembered + 100 {
		k.remember(credential{hash: [32]byte{byte(i), byte(i >> 8), byte(i >> 16), 1}}, memory{err: errors.New("no"), until: time.now().Add(unknownFor)})
		require.LessOrEqual(t, len(k.seen), remembered)
	}
	require.Contains(t, k.seen, ann.credential, "strangers go before who is known")
	time.advance(unknownFor + 1)
	k.forget()
	require.Empty(t, k.seen)
	for i := range remembered {
		k.seen[credential{hash: [32]byte{byte(i), byte(i >> 8)}, kind: kind(i % 2)}] = memory{who: &identity.Identity{}, until: time.now().Add(knownFor)}
	}
	k.remember(ann.credential, memory{who: &identity.Identity{}})
	require.LessOrEqual(t, len(k.seen), remembered)
	require.NotEqual(t, credential{}.text(), credential{kind: ofSession}.text())
}

func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	token, session := bearer.New(bearer.Token), bearer.New(bearer.Session)
	for name, tc := range map[string]struct {
		method  string
		headers [][2]string
		want    shown
		says    string
	}{
		"nothing":                   {"GET", nil, shown{}, "expected a token, found none"},
		"a token":                   {"POST", [][2]string{{header, "Bearer " + token}}, shownAs(token, ofToken), ""},
		"in small letters":          {"GET", [][2]string{{header, "bearer  " + token}}, shownAs(token, ofToken), ""},
		"twice":                     {"GET", [][2]string{{header, "Bearer " + token}, {header, "Bearer " + token}}, shown{}, "expected one header Authorization, found 2"},
		"another scheme":            {"GET", [][2]string{{header, "Basic " + token}}, shown{}, "another scheme"},
		"without a scheme":          {"GET", [][2]string{{header, token}}, shown{}, "another scheme"},
		"an empty header":           {"GET", [][2]string{{header, ""}}, shown{}, "another scheme"},
		"cut short":                 {"GET", [][2]string{{header, "Bearer " + token[:30]}}, shown{}, "copied whole"},
		"two in one":                {"GET", [][2]string{{header, "Bearer " + token + ", Bearer " + token}}, shown{}, "copied whole"},
		"a session as a token":      {"GET", [][2]string{{header, "Bearer " + session}}, shown{}, "copied whole"},
		"a session":                 {"GET", [][2]string{{"Cookie", Cookie + "=" + session}}, shownAs(session, ofSession), ""},
		"a session's head":          {"HEAD", [][2]string{{"Cookie", Cookie + "=" + session}}, shownAs(session, ofSession), ""},
		"a session that posts":      {"POST", [][2]string{{"Cookie", Cookie + "=" + session}}, shown{}, "only reads"},
		"two sessions":              {"GET", [][2]string{{"Cookie", Cookie + "=" + session + "; " + Cookie + "=" + session}}, shown{}, "expected one cookie"},
		"a token as a session":      {"GET", [][2]string{{"Cookie", Cookie + "=" + token}}, shown{}, "is none of this gateway"},
		"both":                      {"GET", [][2]string{{"Cookie", Cookie + "=" + session}, {header, "Bearer " + token}}, shownAs(token, ofToken), ""},
		"a bad token and a session": {"GET", [][2]string{{"Cookie", Cookie + "=" + session}, {header, "Bearer x"}}, shown{}, "copied whole"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tc.method, "http://localhost/", nil)
		require.NoError(t, err)
		for _, h := range tc.headers {
			r.Header.Add(h[0], h[1])
		}

		got, err := (&Gate{}).fromRequest(r)

		require.Equal(t, tc.want, got, name)
		if tc.says == "" {
			require.NoError(t, err, name)
			continue
		}
		require.True(t, problem.Is(err, problem.Unauthenticated), "%s: %v", name, err)
		require.ErrorContains(t, err, tc.says, name)
		require.NotContains(t, err.Error(), token[10:], "%s: no secret is said again", name)
	}
}
