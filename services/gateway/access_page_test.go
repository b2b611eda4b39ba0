package gateway_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestALinkLetsABrowserIn(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	link, session := bearer.New(bearer.Login), bearer.New(bearer.Session)
	used := false
	g.suite.On("OrchestratorService/RedeemLogin", func(_ context.Context, req proto.Message) (proto.Message, error) {
		if req.(*orchestratorv1.RedeemLoginRequest).GetSecret() != link || used {
			return nil, problem.New(problem.Unauthenticated, "the link was used before, or has ended")
		}
		used = true
		return &orchestratorv1.RedeemLoginResponse{Secret: session, ExpiresAt: timestamppb.New(time.Now().Add(time.Hour))}, nil
	})
	g.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	g.people[string(bearer.Hash(session))] = &identity.Identity{Role: identity.Admin, All: true, Name: "ann"}
	const browser = "text/html"
	at := "/login?token=" + url.QueryEscape(link)

	resp, body := g.do(t, http.MethodGet, "/", "Accept", browser)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, body, "sfctl auth link", "it says how to get in")
	require.Contains(t, resp.Header.Get("Content-Type"), "text/html")

	resp, _ = g.do(t, http.MethodHead, at)
	require.Empty(t, resp.Header.Get("Set-Cookie"), "who only looks at a link does not use it up")
	resp, _ = g.do(t, http.MethodGet, at, "Accept", browser)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "0; url=/", resp.Header.Get("Refresh"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	cookies := resp.Cookies()
	require.Len(t, cookies, 1)
	require.Equal(t, session, cookies[0].Value)
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookies[0].SameSite)
	require.InDelta(t, 3600, cookies[0].MaxAge, 60)
	cookie := []string{"Cookie", cookies[0].Name + "=" + session}

	resp, _ = g.do(t, http.MethodGet, at, "Accept", browser)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "it is good once")
	for _, wrong := range []string{"/login", "/login?token=", "/login?token=x", at + "&token=" + link, "/login?token=" + g.role(identity.Admin)} {
		resp, body = g.do(t, http.MethodGet, wrong)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, wrong)
		require.Contains(t, body, "expected a link to the page", wrong)
	}
	resp, _ = g.do(t, http.MethodGet, "/", append(cookie, "Accept", browser)...)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, _ = g.do(t, http.MethodGet, "/v1/runs", cookie...)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	// Nor is what it reads for a page of another site, at another port of this name as well.
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"its own":                     {[]string{"Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		"an address that was typed":   {[]string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, http.StatusOK},
		"another site's":              {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, http.StatusUnauthorized},
		"a link of another site":      {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, http.StatusUnauthorized},
		"another port's script":       {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, http.StatusUnauthorized},
		"another port's frame":        {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, http.StatusUnauthorized},
		"a link of another port":      {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, http.StatusOK},
		"what no browser says":        {[]string{"Sec-Fetch-Site", "anywhere"}, http.StatusUnauthorized},
		"with a token, from anywhere": {[]string{"Sec-Fetch-Site", "cross-site", "Authorization", "Bearer " + g.role(identity.Reader)}, http.StatusOK},
	} {
		for _, at := range []string{"/", "/v1/runs"} {
			resp, _ = g.do(t, http.MethodGet, at, append(slices.Clone(cookie), c.headers...)...)
			require.Equal(t, c.status, resp.StatusCode, "%s: %s", name, at)
		}
	}
	// A page of another site has a browser send what it has: it can change nothing with it.
	for _, change := range []target{{"POST", "/v1/datasets/shop/runs"}, {"DELETE", "/v1/datasets/shop"}, {"POST", "/v1/tokens"}} {
		resp, body = g.do(t, change.method, change.path, append(cookie, "Content-Type", "application/json")...)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, change.path)
		require.Contains(t, body, "the session of a browser only reads")
	}
	resp, _ = g.do(t, http.MethodPost, "/v1/datasets/shop/runs", append(cookie, "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site")...)
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}

// What one who is not granted everything sees of the board is theirs, and not what the
// others were shown a moment ago.
func TestTheBoardIsNotSharedWithWhoMaySeeLess(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.On("OrchestratorService/ListDatasets", func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		who, err := identity.Incoming(ctx)
		if err != nil || who.All {
			return &orchestratorv1.ListDatasetsResponse{Versions: []*orchestratorv1.DatasetVersion{{Dataset: &datasetv1.Dataset{Name: "bank"}}}}, err
		}
		return &orchestratorv1.ListDatasetsResponse{}, nil
	})
	g.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	all, some := g.role(identity.Reader), g.knows(&identity.Identity{Role: identity.Reader, Datasets: []string{"shop"}, Name: "some"})
	for range 3 {
		_, body := g.do(t, http.MethodGet, "/", "Accept", "text/html", "Authorization", "Bearer "+all)
		require.Contains(t, body, "bank")
		_, body = g.do(t, http.MethodGet, "/", "Accept", "text/html", "Authorization", "Bearer "+some)
		require.NotContains(t, body, "bank")
	}
}

// The audit log names callers and addresses of all datasets: its page is for whom the log is
// for, and no other page leads somebody else there.
func TestThePageOfTheAuditLogIsForAdminsOfAll(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	g.suite.Reply("OrchestratorService/ListAudit", &orchestratorv1.ListAuditResponse{Entries: []*orchestratorv1.AuditEntry{{Line: &orchestratorv1.AuditLine{Who: "somebody-else"}}}})
	g.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	const led = `href="/audit"`
	may := g.role(identity.Admin)
	resp, body := g.do(t, http.MethodGet, "/audit", "Accept", "text/html", "Authorization", "Bearer "+may)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, body, "somebody-else")
	require.Contains(t, body, led)

	for name, secret := range map[string]string{
		"a reader":              g.role(identity.Reader),
		"a steward":             g.role(identity.Steward),
		"an admin of a part":    g.knows(&identity.Identity{Role: identity.Admin, Datasets: []string{"shop"}, Name: "part"}),
		"one granted nothing":   g.knows(&identity.Identity{Subject: "s", Issuer: "https://issuer.example", Name: "nothing"}),
		"one whom nobody knows": bearer.New(bearer.Token),
	} {
		before := len(g.suite.Audit.Lines())
		resp, body = g.do(t, http.MethodGet, "/audit", "Accept", "text/html", "Authorization", "Bearer "+secret)
		require.Contains(t, []int{http.StatusForbidden, http.StatusUnauthorized}, resp.StatusCode, name)
		require.Contains(t, resp.Header.Get("Content-Type"), "text/html", name)
		require.NotContains(t, body, "somebody-else", name)
		require.Len(t, g.lines(before), 1, "%s: the refusal is in the log", name)
		_, body = g.do(t, http.MethodGet, "/datasets", "Accept", "text/html", "Authorization", "Bearer "+secret)
		require.NotContains(t, body, led, name)
	}
}
