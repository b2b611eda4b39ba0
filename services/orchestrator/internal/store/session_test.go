package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

func signed(subject string, lasts time.Duration, claims ...grant.Claim) store.Signed {
	return store.Signed{Subject: grant.Subject{Issuer: issuer, ID: subject, Claims: claims}, Name: subject + "@example.com", Ends: time.Now().Add(lasts).UTC().Truncate(time.Microsecond)}
}

// once is what tells one sign-in from others.
func once(n string) []byte { return bearer.Hash(n) }

func TestASignInIsGoodForOneSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ann := signed("ann", time.Hour, grant.Claim{Name: "groups", Value: "data"}, grant.Claim{Name: "nul", Value: "a\x00b"}, grant.Claim{Name: "a=b", Value: "c"})
	ann.Shared, ann.Owners = true, []string{"repository"}
	var wg sync.WaitGroup
	secrets := make(chan string, 8)
	for range 8 {
		wg.Go(func() {
			secret, ends, err := b.BeginSession(t.Context(), ann, once("1"))
			switch {
			case err == nil:
				secrets <- secret
				if !ends.Equal(ann.Ends) {
					t.Error("ends", ends)
				}
			case !problem.Is(err, problem.Unauthenticated):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, secrets, 1, "one of eight at once, and only one")
	secret := <-secrets
	require.True(t, bearer.Is(bearer.Session, secret))

	who, err := b.Session(t.Context(), bearer.Hash(secret))
	require.NoError(t, err)
	ann.Claims = []grant.Claim{{Name: "groups", Value: "data"}, {Name: "a=b", Value: "c"}} // what the database cannot hold is in no grant
	who.Ends = who.Ends.UTC()
	require.Equal(t, &ann, who)
	_, err = b.Identify(t.Context(), bearer.Hash(secret), false)
	require.True(t, problem.Is(err, problem.Unauthenticated), "a cookie is no token")
	require.Empty(t, b.db.Rows(t, "select 1::text from sf_orchestrator.page_session p where p::text like '%'||$1||'%'", secret), "its secret is nowhere")

	none, err := b.Session(t.Context(), bearer.Hash(bearer.New(bearer.Session)))
	require.NoError(t, err)
	require.Nil(t, none)
}

func TestASessionOfASignInEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	out, _, err := b.BeginSession(t.Context(), signed("ann", time.Hour), once("1"))
	require.NoError(t, err)
	over, _, err := b.BeginSession(t.Context(), signed("ann", time.Hour), once("2"))
	require.NoError(t, err)
	long, ends, err := b.BeginSession(t.Context(), signed("ann", 1000*time.Hour), once("3"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(store.SessionLasts), ends, time.Minute, "a working day at most")

	require.NoError(t, b.EndSession(t.Context(), bearer.Hash(out)))
	require.NoError(t, b.EndSession(t.Context(), bearer.Hash(out)), "again")
	require.NoError(t, b.EndSession(t.Context(), bearer.Hash("none")))
	_, err = b.Session(t.Context(), bearer.Hash(out))
	require.ErrorContains(t, err, "ann@example.com signed out at")
	_, _, err = b.BeginSession(t.Context(), signed("ann", time.Hour), once("1"))
	require.ErrorContains(t, err, "used before", "signing out does not make a sign-in good again")
	b.db.Exec(t, "update sf_orchestrator.page_session set expires_at = now() where hash = $1", bearer.Hash(over))
	_, err = b.Session(t.Context(), bearer.Hash(over))
	require.ErrorContains(t, err, "the session of ann@example.com ended at")
	_, err = b.Session(t.Context(), bearer.Hash(long))
	require.NoError(t, err)
	_, _, err = b.BeginSession(t.Context(), signed("ann", -time.Second), once("4"))
	require.True(t, problem.Is(err, problem.Unauthenticated), "what has ended begins nothing: %v", err)
}

func TestSessionsOfLinksEndToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, _ := b.token(t, store.NewToken{Role: identity.Reader, All: true})
	link, _, err := b.CreateLogin(t.Context(), made.Token)
	require.NoError(t, err)
	require.NoError(t, b.EndSession(t.Context(), bearer.Hash(link)), "a link is no session")
	secret, _, err := b.RedeemLogin(t.Context(), link)
	require.NoError(t, err)
	require.NoError(t, b.EndSession(t.Context(), bearer.Hash(secret)))
	_, err = b.Identify(t.Context(), bearer.Hash(secret), true)
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
}

func TestSessionsOfSignInsDoNotPileUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.db.Exec(t, `insert into sf_orchestrator.page_session (hash, once, issuer, subject, name, claims, shared, owner_claims, created_at, expires_at)
select sha256(n::text::bytea), sha256(n::text::bytea), $1, 'ann', 'ann', '[]'::jsonb, false, '{}'::text[], now() - n * interval '1 minute', now() + interval '1 hour' from generate_series(1, 60) n
union all select sha256('bob'), sha256('bob'), $1, 'bob', 'bob', '[]'::jsonb, false, '{}'::text[], now(), now() + interval '1 hour'
union all select sha256('old'), sha256('old'), $1, 'old', 'old', '[]'::jsonb, false, '{}'::text[], now() - interval '1 day', now() - interval '1 hour'`, issuer)

	secret, _, err := b.BeginSession(t.Context(), signed("ann", time.Hour), once("new"))

	require.NoError(t, err)
	require.Equal(t, []string{"ann 20", "bob 1"}, b.db.Rows(t, "select subject || ' ' || count(*) from sf_orchestrator.page_session group by subject order by 1"))
	_, err = b.Session(t.Context(), bearer.Hash(secret))
	require.NoError(t, err, "the newest stays")
}
