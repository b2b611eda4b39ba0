// Package issuertest is an OpenID issuer for tests, which signs whatever it is asked to.
package issuertest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

// Issuer answers as an OpenID issuer does.
type Issuer struct {
	*httptest.Server

	mu      sync.Mutex
	signing jose.JSONWebKey
	public  []jose.JSONWebKey
	down    bool
	asked   int
	shown   []string
	// codes are what browsers came back with and was not given for a token yet.
	codes map[string]attempt
	// heldBack is what a code's token waits for; nil for nothing.
	heldBack func(*http.Request)
	// Discovery changes what it says of itself, where it is given.
	discovery func(map[string]any)
}

// New starts an issuer with one key, and stops it with the test.
func New(tb testing.TB) *Issuer {
	tb.Helper()
	return start(tb, httptest.NewServer)
}

// NewTLS starts one that speaks TLS.
func NewTLS(tb testing.TB) *Issuer {
	tb.Helper()
	return start(tb, httptest.NewTLSServer)
}

func start(tb testing.TB, serve func(http.Handler) *httptest.Server) *Issuer {
	tb.Helper()
	i := &Issuer{}
	i.Rotate(tb, "first")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", i.describe)
	mux.HandleFunc("/keys", i.keys)
	mux.HandleFunc("/token", i.redeem)
	i.Server = serve(mux)
	tb.Cleanup(i.Close)
	return i
}

// Rotate has it sign with a new key of an id, and no other.
func (i *Issuer) Rotate(tb testing.TB, id string) {
	tb.Helper()
	private := RSA(tb)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signing = jose.JSONWebKey{Key: private, KeyID: id}
	i.public = []jose.JSONWebKey{{Key: &private.PublicKey, KeyID: id, Use: "sig", Algorithm: "RS256"}}
}

// Publish has it show more keys.
func (i *Issuer) Publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.public = append(i.public, keys...)
}

// Public is its newest key, as it shows it.
func (i *Issuer) Public() jose.JSONWebKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.public[0]
}

// Down says whether it answers nothing but errors.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Says changes what it says of itself.
func (i *Issuer) Says(change func(map[string]any)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.discovery = change
}

// Asked is how often it was asked for its keys, and Shown what was shown to it.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// Shown returns what stood in the header Authorization of the questions.
func (i *Issuer) Shown() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.shown...)
}

// Claims are those of a token for an audience, good for five minutes.
func (i *Issuer) Claims(subject, audience string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": i.URL, "sub": subject, "aud": audience, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
}

// Token is a token for an audience, with more claims or others.
func (i *Issuer) Token(tb testing.TB, subject, audience string, change ...func(map[string]any)) string {
	tb.Helper()
	claims := i.Claims(subject, audience)
	for _, c := range change {
		c(claims)
	}
	i.mu.Lock()
	key := i.signing
	i.mu.Unlock()
	return Sign(tb, jose.RS256, key, claims)
}

// Sign signs claims with a key.
func Sign(tb testing.TB, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	tb.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	require.NoError(tb, err)
	text, err := json.Marshal(claims)
	require.NoError(tb, err)
	signed, err := signer.Sign(text)
	require.NoError(tb, err)
	token, err := signed.CompactSerialize()
	require.NoError(tb, err)
	return token
}

// RSA makes a key.
func RSA(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(tb, err)
	return key
}

func (i *Issuer) describe(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.shown = append(i.shown, r.Header.Get("Authorization"))
	if i.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	says := map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	}
	if i.discovery != nil {
		i.discovery(says)
	}
	_ = json.NewEncoder(w).Encode(says) // who asked may be gone
}

func (i *Issuer) keys(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	i.shown = append(i.shown, r.Header.Get("Authorization"))
	if i.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: i.public}) // who asked may be gone
}
