package command_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/signin"
	"github.com/streamflow/streamflow/platform/bearer"
)

func jwt(says string) string {
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(says)) + ".c2ln"
}

// signedIn is the environment of somebody who signed in to a server by an issuer.
func signedIn(t *testing.T, server, issuer string, ends time.Time) (env map[string]string, token string) {
	t.Helper()
	dir := t.TempDir()
	token = jwt(fmt.Sprintf(`{"exp":%d}`, ends.Unix()))
	require.NoError(t, signin.Store{Dir: filepath.Join(dir, "streamflow", "logins")}.Write(&signin.Kept{
		Server: server, Client: signin.Client{Issuer: issuer, ID: "sfctl"}, Token: token, Ends: ends, Refresh: "r",
	}))
	return map[string]string{"XDG_CONFIG_HOME": dir}, token
}

func TestWhoSignedInIsSentToTheirServerOnly(t *testing.T) {
	t.Parallel()
	g, other := gatewaytest.Start(t, &gatewaytest.Gateway{}), gatewaytest.Start(t, &gatewaytest.Gateway{})
	env, token := signedIn(t, g.Address(), "https://login.example", time.Now().Add(time.Hour))

	require.Zero(t, sfctl(env, "auth", "status", "--server", g.Address()).code)
	require.Equal(t, []string{"Bearer " + token}, g.Shown())
	require.Zero(t, sfctl(env, "auth", "status", "--server", other.Address()).code)
	require.Equal(t, []string{""}, other.Shown())

	given := bearer.New(bearer.Token)
	env["SF_TOKEN"] = given
	require.Zero(t, sfctl(env, "auth", "status", "--server", g.Address()).code)
	require.Equal(t, "Bearer "+given, g.Shown()[1], "what is given goes first")
	delete(env, "SF_TOKEN")

	r := sfctl(env, "logout", "--server", g.Address())
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "Nobody is signed in to "+g.Address()+" here any more.")
	require.Contains(t, sfctl(env, "logout", "--server", g.Address()).err, "Nobody is signed in to "+g.Address()+" here.\n")
	require.Zero(t, sfctl(env, "auth", "status", "--server", g.Address()).code)
	require.Empty(t, g.Shown()[2])
}

// What has ended and is not renewed is told, and not sent.
func TestASignInThatHasEnded(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(gone.Close)
	g := gatewaytest.Start(t, &gatewaytest.Gateway{})
	env, _ := signedIn(t, g.Address(), gone.URL, time.Now().Add(-time.Minute))
	r := sfctl(env, "auth", "status", "--server", g.Address())
	require.Equal(t, 7, r.code)
	require.Contains(t, r.err, "you signed in to "+g.Address()+", which has ended")
	require.Contains(t, r.err, "sfctl login")
	require.Empty(t, g.Shown())

	env, token := signedIn(t, g.Address(), gone.URL, time.Now().Add(50*time.Second))
	require.Zero(t, sfctl(env, "auth", "status", "--server", g.Address()).code, "it is good for a while")
	require.Equal(t, []string{"Bearer " + token}, g.Shown())
}

func TestWhoCannotSignIn(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(gone.Close)
	env := map[string]string{"XDG_CONFIG_HOME": t.TempDir(), "SFCTL_SERVER": "127.0.0.1:1"}
	r := sfctl(env, "login")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "want --issuer: you did not sign in to 127.0.0.1:1 before")
	require.Equal(t, 7, sfctl(env, "login", "--issuer", "http://login.example").code)
	r = sfctl(env, "login", "--issuer", gone.URL)
	require.Equal(t, 7, r.code)
	require.Contains(t, r.err, "cannot be asked")
	require.Equal(t, 2, sfctl(env, "login", "--issuer", gone.URL, "--client-secret-file", "/none").code)
	require.Equal(t, 2, sfctl(env, "login", "more").code)
	entries, err := os.ReadDir(env["XDG_CONFIG_HOME"])
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is kept")
}
