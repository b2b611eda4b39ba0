package e2e

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/issuer"
)

// signingIn starts a suite whose page people sign in to, and returns its address.
func signingIn(t *testing.T) (s *suite, at string) {
	t.Helper()
	i := issuer.Start(t, "http://localhost/login/callback") // at any port, as RFC 8252 has it
	s = believing(t, i, ", sign_in: {client_id: "+issuer.Native+"}")
	_, err := s.orchestrator.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, Issuer: i.URL, Subject: issuer.User, RequestedBy: "x",
	})
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(s.HTTPAddr())
	require.NoError(t, err)
	return s, "http://localhost:" + port
}

func bodyOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}

// A browser that opens the page is led to the issuer's form, signs in there, and comes back
// to what it had opened.
func TestSomebodySignsInToThePageInARealBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	s, at := signingIn(t)

	page := renderIn(t, chromium, t.TempDir(), at+"/runs", "--virtual-time-budget=60000")

	require.Contains(t, page, "<h1>Runs</h1>")
	require.Contains(t, page, "Sign out")
	require.Equal(t, []string{issuer.User + " false"}, s.rows(t, "select subject || ' ' || shared from sf_orchestrator.page_session"))
	require.Equal(t, []string{"1"}, s.rows(t, "select count(*) from sf_orchestrator.audit_line where kind = 'INTENT' and what = 'OrchestratorService/BeginSession' and facts like '%subject="+issuer.User+"%'"))
}

// The same without a browser's eyes, to the end: out again, and nothing is left of it.
func TestSomebodySignsOutOfThePage(t *testing.T) {
	t.Parallel()
	s, at := signingIn(t)
	client := issuer.Browser(t)
	get := func(path string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "text/html")
		resp, err := client.Do(req)
		require.NoError(t, err)
		return resp, bodyOf(t, resp)
	}
	resp, body := get("/login")
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	require.Equal(t, "0; url=/", resp.Header.Get("Refresh"))
	resp, body = get("/")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	csrf := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(body)
	require.NotNil(t, csrf)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/logout", strings.NewReader("csrf="+csrf[1]))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err = client.Do(req)
	require.NoError(t, err)
	require.Contains(t, bodyOf(t, resp), "signed out")
	require.Equal(t, []string{"1"}, s.rows(t, "select count(*) from sf_orchestrator.page_session where ended_at is not null"))
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, _ = get("/runs")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode, "to sign in again")
}
