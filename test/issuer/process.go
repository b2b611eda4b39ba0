// Package issuer is an OpenID issuer in a process of its own: the provider of
// github.com/zitadel/oidc, with users that come in by their name alone. A test binary runs
// itself as the issuer, so that nothing has to be built.
package issuer

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asIssuer is set for the process that is the issuer.
const asIssuer = "SF_TEST_ISSUER"

// Main serves as the issuer where this process was started for it, and says whether it was;
// call it first in TestMain. It ends when what started it ends.
func Main() bool {
	if os.Getenv(asIssuer) == "" {
		return false
	}
	if err := serve(os.Stdin, os.Stdout, strings.Split(os.Getenv(asIssuer), ",")); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "issuer:", err) // nobody left to tell
		os.Exit(1)
	}
	return true
}

// Client is who may ask for tokens, and their audience.
const (
	// Native is a client without a secret, with PKCE.
	Native = "streamflow"
	// Device is the client of the command line.
	Device = "sfctl"
	// DeviceSecret is the secret of Device.
	DeviceSecret = "of-the-command-line"
	// Redirect is where the native client is sent back to, unless others are given.
	Redirect = "http://127.0.0.1/callback"
)

// Issuer is the process.
type Issuer struct {
	// URL is its address.
	URL string
}

// Start starts an issuer, and stops it with the test. redirects are where the native client
// may be sent back to besides.
func Start(t *testing.T, redirects ...string) *Issuer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), asIssuer+"="+strings.Join(append(redirects, Redirect), ","))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close() // it ends by that
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the issuer says where it is")
	return &Issuer{URL: strings.TrimSpace(line)}
}

// Browser is a browser in which a user is logged in to the issuer as they come by, and which
// goes no further than hop says.
func Browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar, Timeout: time.Minute}
}

// drain reads a reader to its end.
func drain(r io.Reader) { _, _ = io.Copy(io.Discard, r) }
