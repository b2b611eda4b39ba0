package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

func (b *bench) token(t *testing.T, n store.NewToken) (*store.Token, string) {
	t.Helper()
	n.RequestedBy = "root"
	if n.Name == "" {
		n.Name = "ann"
	}
	made, secret, err := b.CreateToken(t.Context(), n)
	require.NoError(t, err)
	return made, secret
}

func TestATokenIsWhoItWasMadeFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, secret := b.token(t, store.NewToken{Name: "ann", Role: identity.Operator, Datasets: []string{"inn", "shop"}, Lasts: time.Hour})

	require.Regexp(t, `^tok_[0-9a-z]{26}$`, made.Token)
	require.True(t, bearer.Is(bearer.Token, secret))
	require.Equal(t, "root", made.CreatedBy)
	require.WithinDuration(t, made.CreatedAt.Add(time.Hour), *made.ExpiresAt, time.Second)
	require.Nil(t, made.LastUsedAt)
	who, err := b.Identify(t.Context(), bearer.Hash(secret), false)
	require.NoError(t, err)
	require.Equal(t, made.Identity, *who)
	require.True(t, who.For("inn"))
	require.False(t, who.For("bank"))

	all, _ := b.token(t, store.NewToken{Role: identity.Reader, All: true})
	require.Nil(t, all.ExpiresAt)
	require.True(t, all.For("anything"))
}

// Who reads the database, or a backup of it, can call as nobody.
func TestNoSecretIsInTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, secret := b.token(t, store.NewToken{Role: identity.Admin, All: true})
	link, _, err := b.CreateLogin(t.Context(), made.Token)
	require.NoError(t, err)
	session, _, err := b.RedeemLogin(t.Context(), link)
	require.NoError(t, err)

	rows := strings.Join(append(b.db.Rows(t, "select t::text from sf_orchestrator.token t"),
		b.db.Rows(t, "select l::text from sf_orchestrator.login l")...), "\n")

	require.NotEmpty(t, rows)
	for _, s := range []string{secret, link, session} {
		require.NotContains(t, rows, s)
		require.NotContains(t, rows, s[4:20])
	}
}

func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ended, endedSecret := b.token(t, store.NewToken{Role: identity.Reader, All: true, Lasts: time.Hour})
	b.db.Exec(t, "update sf_orchestrator.token set expires_at = now() where id = $1", ended.Token)
	revoked, revokedSecret := b.token(t, store.NewToken{Name: "bob", Role: identity.Admin, All: true})
	_, err := b.RevokeToken(t.Context(), revoked.Token, "root", true)
	require.NoError(t, err)
	_, good := b.token(t, store.NewToken{Role: identity.Reader, All: true})

	for name, tc := range map[string]struct {
		secret  string
		session bool
		says    string
	}{
		"nobody knows it":                {bearer.New(bearer.Token), false, "the token is not known"},
		"no session":                     {bearer.New(bearer.Session), true, "the session is not known"},
		"it has ended":                   {endedSecret, false, "the token " + ended.Token + " of ann ended at 2"},
		"it was revoked":                 {revokedSecret, false, "the token " + revoked.Token + " of bob was revoked at 2"},
		"a token is no session":          {good, true, "the session is not known"},
		"nor is it one that was revoked": {revokedSecret, true, "the session is not known"},
	} {
		_, err := b.Identify(t.Context(), bearer.Hash(tc.secret), tc.session)
		require.True(t, problem.Is(err, problem.Unauthenticated), "%s: %v", name, err)
		require.ErrorContains(t, err, tc.says, name)
	}
}

func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, secret := b.token(t, store.NewToken{Role: identity.Reader, All: true})
	used := func() string {
		_, err := b.Identify(t.Context(), bearer.Hash(secret), false)
		require.NoError(t, err)
		return b.db.Rows(t, "select last_used_at::text || ' ' || xmin::text from sf_orchestrator.token where id = $1", made.Token)[0]
	}

	first := used()
	require.Equal(t, first, used(), "not again within a minute")
	b.db.Exec(t, "update sf_orchestrator.token set last_used_at = now() - interval '61 seconds'")
	require.NotEqual(t, first, used())
}

func TestTokensAreListed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, _ := b.token(t, store.NewToken{Name: "one", Role: identity.Reader, All: true})
	two, _ := b.token(t, store.NewToken{Name: "two", Role: identity.Reader, All: true, Lasts: time.Hour})
	three, _ := b.token(t, store.NewToken{Name: "three", Role: identity.Reader, All: true})
	b.db.Exec(t, "update sf_orchestrator.token set expires_at = now() where id = $1", two.Token)
	names := func(below string, ended bool, limit int) (all []string) {
		tokens, err := b.ListTokens(t.Context(), below, ended, limit)
		require.NoError(t, err)
		for _, found := range tokens {
			all = append(all, found.Name)
		}
		return all
	}

	require.ElementsMatch(t, []string{"three", "one"}, names("", false, 10))
	require.ElementsMatch(t, []string{"three", "two", "one"}, names("", true, 10))
	ids := []string{one.Token, two.Token, three.Token}
	sortDown(ids)
	require.Len(t, names(ids[0], true, 10), 2)
	require.Len(t, names(ids[0], true, 1), 1)
	require.Empty(t, names(ids[2], true, 10))
}

func sortDown(ids []string) {
	for i := range ids {
		for j := range i {
			if ids[j] < ids[i] {
				ids[i], ids[j] = ids[j], ids[i]
			}
		}
	}
}

func TestATokenIsRevokedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, _ := b.token(t, store.NewToken{Role: identity.Reader, All: true})
	part := made.Token[len(made.Token)-8:]

	first, err := b.RevokeToken(t.Context(), part, "ann", false)
	require.NoError(t, err)
	require.Equal(t, "ann", first.RevokedBy)
	require.NotNil(t, first.RevokedAt)
	again, err := b.RevokeToken(t.Context(), made.Token, "ben", false)
	require.NoError(t, err)
	require.Equal(t, first, again, "who did it, and when, stands")
	_, err = b.RevokeToken(t.Context(), ident.New(ident.Token), "ann", false)
	require.True(t, problem.Is(err, problem.TokenNotFound), "%v", err)
	_, err = b.RevokeToken(t.Context(), "tok_", "ann", false)
	require.NoError(t, err, "the only one")
	b.token(t, store.NewToken{Role: identity.Reader, All: true})
	_, err = b.RevokeToken(t.Context(), "tok_", "ann", false)
	require.True(t, problem.Is(err, problem.AmbiguousID), "%v", err)
}

func TestThereAreOnlySoManyTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.db.Exec(t, `insert into sf_orchestrator.token (id, name, role, all_datasets, datasets, hash, created_by)
select 'tok_' || n, 'n', 'reader', true, '{}', sha256(n::text::bytea), 'x' from generate_series(1, $1) n`, store.MaxTokens)

	_, _, err := b.CreateToken(t.Context(), store.NewToken{Name: "more", Role: identity.Reader, All: true, RequestedBy: "root"})
	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	require.ErrorContains(t, err, "token more was not made")

	b.db.Exec(t, "update sf_orchestrator.token set revoked_at = now() where id = 'tok_1'")
	b.token(t, store.NewToken{Role: identity.Reader, All: true})
}

func TestALinkIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, _ := b.token(t, store.NewToken{Role: identity.Steward, All: true})
	link, ends, err := b.CreateLogin(t.Context(), made.Token)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(store.LinkLasts), ends, time.Minute)

	var wg sync.WaitGroup
	sessions := make([]string, 8)
	for i := range sessions {
		wg.Go(func() {
			secret, _, err := b.RedeemLogin(t.Context(), link)
			if err == nil {
				sessions[i] = secret
			} else if !problem.Is(err, problem.Unauthenticated) {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	session := strings.Join(sessions, "")
	require.True(t, bearer.Is(bearer.Session, session), "one of eight at once, and only one")
	who, err := b.Identify(t.Context(), bearer.Hash(session), true)
	require.NoError(t, err)
	require.Equal(t, made.Token, who.Token)
	_, err = b.Identify(t.Context(), bearer.Hash(session), false)
	require.True(t, problem.Is(err, problem.Unauthenticated), "a cookie is no token")
	_, _, err = b.RedeemLogin(t.Context(), session)
	require.True(t, problem.Is(err, problem.Unauthenticated), "nor a link")
	require.ErrorContains(t, err, "used before, or has ended")
}

func TestASessionEndsWithItsTokenAndByItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, _ := b.token(t, store.NewToken{Role: identity.Reader, All: true, Lasts: time.Hour})
	session := func() []byte {
		link, _, err := b.CreateLogin(t.Context(), made.Token)
		require.NoError(t, err)
		secret, ends, err := b.RedeemLogin(t.Context(), link)
		require.NoError(t, err)
		require.Equal(t, *made.ExpiresAt, ends, "sooner than twelve hours")
		return bearer.Hash(secret)
	}
	old, fresh := session(), session()
	b.db.Exec(t, "update sf_orchestrator.login set expires_at = now() where hash = $1", old)
	_, err := b.Identify(t.Context(), old, true)
	require.ErrorContains(t, err, "the session of ann ended at")
	_, err = b.Identify(t.Context(), fresh, true)
	require.NoError(t, err)
	link, _, err := b.CreateLogin(t.Context(), made.Token)
	require.NoError(t, err)

	_, err = b.RevokeToken(t.Context(), made.Token, "root", false)
	require.NoError(t, err)

	_, err = b.Identify(t.Context(), fresh, true)
	require.ErrorContains(t, err, "was revoked at")
	_, _, err = b.RedeemLogin(t.Context(), link)
	require.ErrorContains(t, err, "is good no more")
	_, _, err = b.CreateLogin(t.Context(), made.Token)
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	_, _, err = b.CreateLogin(t.Context(), "tok_none")
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
}

func TestLinksAndSessionsDoNotPileUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, _ := b.token(t, store.NewToken{Role: identity.Reader, All: true})
	b.db.Exec(t, `insert into sf_orchestrator.login (hash, token, session, created_at, expires_at)
select sha256(n::text::bytea), $1, n % 2 = 0, now() - n * interval '1 minute', now() + interval '1 hour' from generate_series(1, 300) n`, made.Token)
	b.db.Exec(t, `insert into sf_orchestrator.login (hash, token, session, created_at, expires_at) values (sha256('old'), $1, true, now() - interval '1 day', now() - interval '1 hour')`, made.Token)

	link, _, err := b.CreateLogin(t.Context(), made.Token)
	require.NoError(t, err)

	require.Equal(t, []string{"100"}, b.db.Rows(t, "select count(*)::text from sf_orchestrator.login"))
	_, _, err = b.RedeemLogin(t.Context(), link)
	require.NoError(t, err, "the newest stays")
}
