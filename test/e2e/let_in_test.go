package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
)

// tokens are those of the suites that tests have started, by the address of their HTTP.
var tokens sync.Map

// withTokens lets every request over HTTP into the suite that it goes to, unless it says
// itself who it comes from.
type withTokens struct{ next http.RoundTripper }

func init() { http.DefaultTransport = withTokens{http.DefaultTransport} }

func (w withTokens) RoundTrip(r *http.Request) (*http.Response, error) {
	if token, known := tokens.Load(r.URL.Host); known && len(r.Header.Values("Authorization")) == 0 {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+token.(string))
	}
	return w.next.RoundTrip(r)
}

// letIn has the requests of this process go in as who started the suite.
func letIn(t *testing.T, s *devsuite.Suite) {
	t.Helper()
	tokens.Store(s.HTTPAddr(), s.Token())
	t.Cleanup(func() { tokens.Delete(s.HTTPAddr()) })
}

// environment is that of a program which calls the suite, as sfctl does.
func (s *suite) environment(more ...string) []string {
	return append(append(os.Environ(), "SFCTL_SERVER="+s.GRPCAddr(), "SF_TOKEN="+s.Token()), more...)
}

// tokenFile writes the token as it lies in a data folder, for curl -H @FILE.
func (s *suite) tokenFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte("Authorization: Bearer "+s.Token()+"\n"), 0o600))
	return path
}

// pages is an address at which a browser without a session sees the pages.
func (s *suite) pages(t *testing.T) string {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.HTTPAddr()})
	srv := httptest.NewServer(proxy) // whose requests go out as those of this process
	t.Cleanup(srv.Close)
	return srv.URL
}
