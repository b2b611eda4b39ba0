package issuer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/issuertest"
)

// said is a log that a test reads while others write it.
type said struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// clock is the time of a set, which a test sets.
type clock struct {
	mu sync.Mutex
	by time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += by
}

// believe makes a set of the issuers of a text, and its log.
func believe(t *testing.T, text string) (*Set, *clock, *said) {
	t.Helper()
	log, c := &said{}, &clock{}
	s, err := New([]byte(text), slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, err)
	s.now = c.now
	return s, c, log
}

func one(i *issuertest.Issuer, more string) string {
	return fmt.Sprintf("issuers: [{issuer: %q, audience: [streamflow]%s}]", i.URL, more)
}

func with(name string, value any) func(map[string]any) {
	return func(c map[string]any) {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
}

func TestWhomATokenTellsOf(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	set, _, _ := believe(t, one(i, ""))
	who, err := set.Verify(t.Context(), i.Token(t, "1234", "streamflow", with("groups", []string{"data", "all"}), with("email", "ann@example.com"), with("email_verified", true)))
	require.NoError(t, err)
	require.Equal(t, i.URL, who.Issuer)
	require.Equal(t, "1234", who.ID)
	require.Equal(t, "ann@example.com", who.Name)
	require.Contains(t, who.Claims, Claim{"groups", "data"})
	require.Contains(t, who.Claims, Claim{"groups", "all"})
	require.False(t, who.Shared)
	require.WithinDuration(t, time.Now().Add(5*time.Minute), who.ExpiresAt, 30*time.Second)
	_, err = set.Verify(t.Context(), i.Token(t, "1234", "", with("aud", []string{"other", "streamflow"})))
	require.NoError(t, err, "one of its audiences")
}

// Each of these is somebody who is to stay outside.
func TestWhatIsNotTaken(t *testing.T) {
	t.Parallel()
	i, other := issuertest.New(t), issuertest.New(t)
	set, _, _ := believe(t, one(i, ""))
	public, err := x509.MarshalPKIXPublicKey(i.Public().Key)
	require.NoError(t, err)
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	asJSON, err := json.Marshal(i.Public())
	require.NoError(t, err)
	now := time.Now()
	good := i.Token(t, "1234", "streamflow")
	parts := strings.Split(good, ".")
	hmac := func(key []byte) string {
		return issuertest.Sign(t, jose.HS256, jose.JSONWebKey{Key: key, KeyID: "first"}, i.Claims("1234", "streamflow"))
	}
	foreign := issuertest.RSA(t)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	embedded, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: foreign}, &jose.SignerOptions{EmbedJWK: true})
	require.NoError(t, err)
	text, err := json.Marshal(i.Claims("1234", "streamflow"))
	require.NoError(t, err)
	jws, err := embedded.Sign(text)
	require.NoError(t, err)
	withItsOwnKey, err := jws.CompactSerialize()
	require.NoError(t, err)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, tc := range map[string]struct{ token, says string }{
		"ended":                       {i.Token(t, "1234", "streamflow", with("exp", now.Add(-2*time.Minute).Unix())), "the token ended at"},
		"without an end":              {i.Token(t, "1234", "streamflow", with("exp", nil)), "does not say when it ends"},
		"an end that is none":         {i.Token(t, "1234", "streamflow", with("exp", 1e300)), "exp is no time"},
		"an end before time":          {i.Token(t, "1234", "streamflow", with("exp", -1)), "exp is no time"},
		"not good yet":                {i.Token(t, "1234", "streamflow", with("nbf", now.Add(2*time.Minute).Unix())), "it is not yet"},
		"made tomorrow":               {i.Token(t, "1234", "streamflow", with("iat", now.Add(24*time.Hour).Unix())), "still to come"},
		"for somebody else":           {i.Token(t, "1234", "other"), `is for "[other]", and not for ["streamflow"]`},
		"for nobody":                  {i.Token(t, "1234", "streamflow", with("aud", nil)), "is for"},
		"for part of a name":          {i.Token(t, "1234", "stream"), "is for"},
		"of nobody":                   {i.Token(t, "", "streamflow"), "no subject"},
		"of a subject that turns":     {i.Token(t, "a\u202eb", "streamflow"), "no subject"},
		"of a subject with NUL":       {i.Token(t, "a\x00b", "streamflow"), "no subject"},
		"of a long subject":           {i.Token(t, strings.Repeat("x", 501), "streamflow"), "no subject"},
		"of another issuer":           {other.Token(t, "1234", "streamflow"), "none of those that are believed"},
		"signed by another":           {other.Token(t, "1234", "streamflow", with("iss", i.URL)), "not signed by a key of its issuer"},
		"of an issuer by its slash":   {i.Token(t, "1234", "streamflow", with("iss", i.URL+"/")), "none of those that are believed"},
		"without an issuer":           {i.Token(t, "1234", "streamflow", with("iss", nil)), "found what is none"},
		"alg none":                    {none + "." + parts[1] + ".", "cannot be taken"},
		"alg none and a signature":    {none + "." + parts[1] + "." + parts[2], "cannot be taken"},
		"HS256 by the public PEM":     {hmac(asPEM), "cannot be taken"},
		"HS256 by the public DER":     {hmac(public), "cannot be taken"},
		"HS256 by the public JSON":    {hmac(asJSON), "cannot be taken"},
		"an algorithm not allowed":    {issuertest.Sign(t, jose.PS256, jose.JSONWebKey{Key: foreign, KeyID: "first"}, i.Claims("1234", "streamflow")), "cannot be taken"},
		"another kind of key":         {issuertest.Sign(t, jose.ES256, jose.JSONWebKey{Key: curve, KeyID: "first"}, i.Claims("1234", "streamflow")), "does not have"},
		"a key of its own":            {withItsOwnKey, "not signed by a key of its issuer"},
		"no key id, signed by others": {issuertest.Sign(t, jose.RS256, foreign, i.Claims("1234", "streamflow")), "not signed by a key of its issuer"},
		"without a signature":         {parts[0] + "." + parts[1] + ".", "not signed by a key of its issuer"},
		"claims exchanged":            {parts[0] + "." + strings.Split(i.Token(t, "root", "streamflow"), ".")[1] + "." + parts[2], "not signed by a key of its issuer"},
		"two parts":                   {parts[0] + "." + parts[1], "found what is none"},
		"no base64":                   {"eyJ.!.x", "found what is none"},
		"no object":                   {"eyJ." + base64.RawURLEncoding.EncodeToString([]byte(`[]`)) + ".x", "found what is none"},
	} {
		_, err := set.Verify(t.Context(), tc.token)
		require.True(t, problem.Is(err, problem.Unauthenticated), "%s: %v", name, err)
		require.ErrorContains(t, err, tc.says, name)
		require.NotContains(t, err.Error(), parts[2], "%s: no token is said again", name)
	}
	_, err = set.Verify(t.Context(), good)
	require.NoError(t, err)
	require.Equal(t, 1, i.Asked(), "and nobody was asked more for all of it")
}

// Clocks may differ by a minute, in each direction, and by no more.
func TestHowMuchClocksMayDiffer(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	at := time.Unix(1_700_000_000, 0)
	for name, tc := range map[string]struct {
		claim  string
		offset time.Duration
		good   bool
	}{
		"just ended":         {"exp", -leeway + time.Second, true},
		"ended a minute ago": {"exp", -leeway, false},
		"good in a minute":   {"nbf", leeway, true},
		"good in more":       {"nbf", leeway + time.Second, false},
		"made in a minute":   {"iat", leeway, true},
		"made in more":       {"iat", leeway + time.Second, false},
		"made long ago":      {"iat", -10 * time.Hour, true},
	} {
		claims := map[string]any{"exp": float64(at.Add(5 * time.Minute).Unix()), "iat": float64(at.Unix())}
		claims[tc.claim] = float64(at.Add(tc.offset).Unix())
		_, err := inTime(claims, at)
		require.Equal(t, tc.good, err == nil, "%s: %v", name, err)
	}
	set, clock, _ := believe(t, one(i, ""))
	token := i.Token(t, "1234", "streamflow")
	_, err := set.Verify(t.Context(), token)
	require.NoError(t, err)
	clock.advance(6*time.Minute + time.Second)
	_, err = set.Verify(t.Context(), token)
	require.ErrorContains(t, err, "the token ended at", "what was good ends")
}

// Who makes up key ids has the issuer asked once a minute, and no more.
func TestUnknownKeysAskOnceAMinute(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	set, clock, _ := believe(t, one(i, ""))
	_, err := set.Verify(t.Context(), i.Token(t, "1234", "streamflow"))
	require.NoError(t, err)
	key := issuertest.RSA(t)
	for minute := range 3 {
		var wg sync.WaitGroup
		for n := range 50 {
			token := issuertest.Sign(t, jose.RS256, jose.JSONWebKey{Key: key, KeyID: fmt.Sprintf("made-up-%d-%d", minute, n)}, i.Claims("1234", "streamflow"))
			wg.Go(func() {
				if _, err := set.Verify(t.Context(), token); !problem.Is(err, problem.Unauthenticated) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1+minute, i.Asked(), "in minute %d", minute)
		clock.advance(apart)
	}
}

func TestKeysChange(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	set, clock, _ := believe(t, one(i, ""))
	old := i.Token(t, "1234", "streamflow", with("exp", time.Now().Add(48*time.Hour).Unix()))
	_, err := set.Verify(t.Context(), old)
	require.NoError(t, err)
	clock.advance(apart)

	i.Rotate(t, "second")

	_, err = set.Verify(t.Context(), i.Token(t, "1234", "streamflow", with("iat", nil)))
	require.NoError(t, err, "a new key is found at once")
	_, err = set.Verify(t.Context(), old)
	require.ErrorContains(t, err, "does not have", "and one that is gone is good no more")

	clock.advance(anewAfter)
	token := i.Token(t, "1234", "streamflow", with("exp", time.Now().Add(48*time.Hour).Unix()))
	i.Rotate(t, "third")
	_, err = set.Verify(t.Context(), token)
	require.NoError(t, err, "keys that are known are taken while they are fetched anew")
	require.Eventually(t, func() bool { _, err = set.Verify(t.Context(), token); return err != nil }, 30*time.Second, 10*time.Millisecond, "and go when they are gone")
}

func TestAnIssuerThatIsDownKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	down, up := issuertest.New(t), issuertest.New(t)
	down.Down(true)
	set, clock, log := believe(t, fmt.Sprintf("issuers: [{issuer: %q, audience: [streamflow]}, {issuer: %q, audience: [streamflow], claims: {prefix: 'up:'}}]", down.URL, up.URL))
	set.Ask(t.Context())
	require.Contains(t, log.String(), "an issuer cannot be asked for its keys")
	require.Contains(t, log.String(), down.URL)

	_, err := set.Verify(t.Context(), down.Token(t, "1234", "streamflow"))
	require.True(t, problem.Is(err, problem.IssuerUnavailable), "%v", err)
	who, err := set.Verify(t.Context(), up.Token(t, "1234", "streamflow"))
	require.NoError(t, err)
	require.Equal(t, "up:1234", who.Name)

	down.Down(false)
	clock.advance(apartWithout)
	_, err = set.Verify(t.Context(), down.Token(t, "1234", "streamflow"))
	require.NoError(t, err, "it is asked again by itself")

	down.Down(true)
	clock.advance(anewAfter)
	token := down.Token(t, "1234", "streamflow", with("exp", time.Now().Add(72*time.Hour).Unix()))
	_, err = set.Verify(t.Context(), token)
	require.NoError(t, err, "what is known is taken without it")
	clock.advance(keptFor)
	_, err = set.Verify(t.Context(), token)
	require.True(t, problem.Is(err, problem.IssuerUnavailable), "for a day: %v", err)
}

// A key of one issuer proves nothing of another, whatever id it has.
func TestAKeyIsItsIssuersAlone(t *testing.T) {
	t.Parallel()
	a, b := issuertest.New(t), issuertest.New(t)
	b.Rotate(t, "of-b")
	set, _, _ := believe(t, fmt.Sprintf("issuers: [{issuer: %q, audience: [streamflow]}, {issuer: %q, audience: [streamflow], claims: {prefix: 'b:'}}]", a.URL, b.URL))
	_, err := set.Verify(t.Context(), b.Token(t, "1234", "streamflow"))
	require.NoError(t, err)
	_, err = set.Verify(t.Context(), b.Token(t, "1234", "streamflow", with("iss", a.URL)))
	require.ErrorContains(t, err, "a key that its issuer "+a.URL+" does not have")
}

// The same id for two keys, one of them for something else: each is what it says.
func TestKeysThatAreForSomethingElse(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	for name, key := range map[string]jose.JSONWebKey{
		"for encryption":     {Use: "enc"},
		"of another way":     {Use: "sig", Algorithm: "PS256"},
		"with a secret half": {Use: "sig"},
	} {
		private := issuertest.RSA(t)
		signing := jose.JSONWebKey{Key: private, KeyID: name}
		if key.Key, key.KeyID = &private.PublicKey, name; name == "with a secret half" {
			key.Key = private
		}
		i.Publish(key)
		set, _, _ := believe(t, one(i, ""))
		_, err := set.Verify(t.Context(), issuertest.Sign(t, jose.RS256, signing, i.Claims("1234", "streamflow")))
		require.ErrorContains(t, err, "does not have", name)
	}
}

// Kubernetes: a CA of its own, and a token of who asks, in files that are exchanged.
func TestAnIssuerOfKubernetes(t *testing.T) {
	t.Parallel()
	i := issuertest.NewTLS(t)
	dir := t.TempDir()
	ca, token := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "token")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate().Raw}), 0o600))
	require.NoError(t, os.WriteFile(token, []byte("of-the-gateway\n"), 0o600))
	account := i.Token(t, "system:serviceaccount:etl:loader", "streamflow", with("kubernetes.io", map[string]any{
		"namespace": "etl", "serviceaccount": map[string]any{"name": "loader", "uid": "1"},
	}))

	set, _, _ := believe(t, one(i, fmt.Sprintf(", ca_file: %q, token_file: %q", ca, token)))
	who, err := set.Verify(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, "system:serviceaccount:etl:loader", who.ID)
	require.Equal(t, who.ID, who.Name)
	require.Contains(t, who.Claims, Claim{"kubernetes.io.namespace", "etl"})
	require.Equal(t, []string{"Bearer of-the-gateway", "Bearer of-the-gateway"}, i.Shown())

	untrusted, _, log := believe(t, one(i, ""))
	_, err = untrusted.Verify(t.Context(), account)
	require.True(t, problem.Is(err, problem.IssuerUnavailable), "%v", err)
	require.Contains(t, log.String(), "certificate")
	require.NotContains(t, err.Error(), "certificate", "what is wrong inside is for the log")
}

func TestKeysOfAFile(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	path := filepath.Join(t.TempDir(), "keys.json")
	write := func(keys ...jose.JSONWebKey) {
		text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
	write(i.Public())
	set, clock, _ := believe(t, one(i, fmt.Sprintf(", jwks_file: %q", path)))
	_, err := set.Verify(t.Context(), i.Token(t, "1234", "streamflow"))
	require.NoError(t, err)
	i.Rotate(t, "second")
	write(i.Public())
	clock.advance(apart)
	_, err = set.Verify(t.Context(), i.Token(t, "1234", "streamflow"))
	require.NoError(t, err, "it is read again")
	require.Zero(t, i.Asked(), "and nobody was asked")
}

// What an issuer says of itself leads nowhere but to it.
func TestWhatIsNotBelievedOfAnIssuer(t *testing.T) {
	t.Parallel()
	elsewhere := issuertest.New(t)
	for name, tc := range map[string]struct {
		says func(map[string]any)
		log  string
	}{
		"another issuer":  {func(d map[string]any) { d["issuer"] = elsewhere.URL }, "did not match"},
		"keys by no TLS":  {func(d map[string]any) { d["jwks_uri"] = "http://evil.example/keys" }, "without TLS"},
		"keys in a file":  {func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" }, "expected an address"},
		"keys nowhere":    {func(d map[string]any) { delete(d, "jwks_uri") }, "expected an address"},
		"keys that are 0": {func(d map[string]any) { d["jwks_uri"] = d["issuer"].(string) + "/.well-known/openid-configuration" }, "found none among 0"},
	} {
		i := issuertest.New(t)
		i.Says(tc.says)
		set, _, log := believe(t, one(i, ""))
		_, err := set.Verify(t.Context(), i.Token(t, "1234", "streamflow"))
		require.True(t, problem.Is(err, problem.IssuerUnavailable), "%s: %v", name, err)
		require.Contains(t, log.String(), tc.log, name)
	}
	require.Zero(t, elsewhere.Asked())
}
