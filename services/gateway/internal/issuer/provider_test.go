package issuer

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/streamflow/streamflow/services/gateway/internal/issuertest"
)

// Anybody who opens the page has the issuer asked: it is asked seldom, and one that does not
// answer for a while is still known.
func TestWhatAnIssuerSaysOfItselfIsKept(t *testing.T) {
	t.Parallel()
	i := issuertest.New(t)
	from, p, failures := &origin{issuer: i.URL}, &provider{}, 0
	now := time.Now()
	after := func(d time.Duration) error {
		said, err := p.endpoint(t.Context(), from, now.Add(d), func(error) { failures++ })
		if err == nil {
			require.Equal(t, i.URL+"/token", said.TokenURL)
		}
		return err
	}
	for range 5 {
		require.NoError(t, after(0))
	}
	require.NoError(t, after(anewAfter-time.Second))
	require.Len(t, i.Shown(), 1)
	require.NoError(t, after(anewAfter))
	require.Len(t, i.Shown(), 2, "it is asked again")

	i.Down(true)
	for range 3 {
		require.NoError(t, after(2*anewAfter), "it was known a moment ago")
	}
	require.Len(t, i.Shown(), 3, "and is not asked by everybody who comes")
	require.Equal(t, 1, failures)
	require.Error(t, after(anewAfter+keptFor), "but not for ever")
	require.Error(t, after(anewAfter+keptFor+time.Second))
	require.Len(t, i.Shown(), 4)
	i.Down(false)
	require.NoError(t, after(anewAfter+keptFor+apartWithout))
	require.Equal(t, 2, failures)
}

func TestAnIssuerThatLeadsElsewhereSignsNobodyIn(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"token_endpoint": "http://evil.example/token", "authorization_endpoint": "http://evil.example/authorize", "issuer": "https://evil.example"} {
		i := issuertest.New(t)
		i.Says(func(d map[string]any) { d[name] = says })
		_, err := (&origin{issuer: i.URL}).endpoint(t.Context())
		require.Error(t, err, name)
	}
}

func TestHowAClientProvesWhoItIs(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(" s\n"), 0o600))
	for name, tc := range map[string]struct {
		methods []string
		file    string
		want    oauth2.AuthStyle
		secret  string
	}{
		"as nobody says otherwise": {nil, secret, oauth2.AuthStyleInHeader, "s"},
		"in the header":            {[]string{"client_secret_post", "client_secret_basic"}, secret, oauth2.AuthStyleInHeader, "s"},
		"in the form alone":        {[]string{"client_secret_post"}, secret, oauth2.AuthStyleInParams, "s"},
		"by nothing":               {nil, "", oauth2.AuthStyleInParams, ""},
	} {
		i := issuertest.New(t)
		i.Says(func(d map[string]any) {
			if tc.methods != nil {
				d["token_endpoint_auth_methods_supported"] = tc.methods
			}
		})
		one := &issuer{origin: &origin{issuer: i.URL}}
		one.SignIn = &SignIn{ClientID: "page", SecretFile: tc.file}
		said, err := one.origin.endpoint(t.Context())
		require.NoError(t, err, name)
		asks, err := one.asks(said, "http://localhost/login/callback")
		require.NoError(t, err, name)
		require.Equal(t, tc.want, asks.Endpoint.AuthStyle, name)
		require.Equal(t, tc.secret, asks.ClientSecret, name)
	}
	one := &issuer{setting: setting{SignIn: &SignIn{ClientID: "page", SecretFile: secret}}}
	require.NoError(t, os.WriteFile(secret, nil, 0o600))
	_, err := one.asks(oauth2.Endpoint{}, "")
	require.ErrorContains(t, err, "expected a secret in")
	require.NoError(t, os.Chmod(secret, 0o644))
	_, err = one.asks(oauth2.Endpoint{}, "")
	require.ErrorContains(t, err, "its owner alone")
}
