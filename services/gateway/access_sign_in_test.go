package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/gateway/internal/issuertest"
)

// pageWithIssuers is a gateway whose page people sign in to with issuers.
type pageWithIssuers struct {
	*guarded
	issuer, second *issuertest.Issuer
	used           map[string]bool // sign-ins
	held           map[string][]identity.Grant
	begun          []*orchestratorv1.BeginSessionRequest
}

const signInAs = "streamflow-page"

// startSigning starts one with so many issuers, one or two.
func startSigning(t *testing.T, issuers int, change ...func(*gateway.Config)) *pageWithIssuers {
	t.Helper()
	p := &pageWithIssuers{issuer: issuertest.New(t), second: issuertest.New(t), used: map[string]bool{}, held: map[string][]identity.Grant{}}
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("of-the-page\n"), 0o600))
	text := fmt.Sprintf("issuers:\n  - {issuer: %q, audience: [streamflow, %s], claims: {name: email}, sign_in: {client_id: %s, client_secret_file: %q, name: Example & Co}}\n", p.issuer.URL, signInAs, signInAs, secret)
	if issuers > 1 {
		text += fmt.Sprintf("  - {issuer: %q, audience: [%s], claims: {prefix: \"second:\"}, sign_in: {client_id: %s}}\n", p.second.URL, signInAs, signInAs)
	}
	path := writeIssuers(t, text)
	p.guarded = guardedBy(t, func(c *gateway.Config) {
		c.IssuersFile = path
		for _, each := range change {
			each(c)
		}
	})
	p.suite.On("OrchestratorService/BeginSession", p.begin)
	p.suite.On("OrchestratorService/EndSession", func(_ context.Context, req proto.Message) (proto.Message, error) {
		asked, _ := req.(*orchestratorv1.EndSessionRequest)
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.people, string(asked.GetHash()))
		return &orchestratorv1.EndSessionResponse{}, nil
	})
	p.suite.Reply("OrchestratorService/ListDatasets", &orchestratorv1.ListDatasetsResponse{})
	p.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	return p
}

// begin makes sessions as the orchestrator does.
func (p *pageWithIssuers) begin(_ context.Context, req proto.Message) (proto.Message, error) {
	asked, _ := req.(*orchestratorv1.BeginSessionRequest)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used[string(asked.GetOnce())] {
		return nil, problem.New(problem.Unauthenticated, "the sign-in was used before")
	}
	p.used[string(asked.GetOnce())] = true
	p.begun = append(p.begun, asked)
	secret := bearer.New(bearer.Session)
	who := &identity.Identity{Name: asked.GetName(), Issuer: asked.GetIssuer(), Subject: asked.GetSubject()}
	who.Hold(p.held[asked.GetSubject()])
	p.people[string(bearer.Hash(secret))] = who
	return &orchestratorv1.BeginSessionResponse{Secret: secret, ExpiresAt: asked.GetExpiresAt()}, nil
}

// address is where the gateway answers HTTP.
func (p *pageWithIssuers) address() string { return p.http }

// visit is a browser: it keeps cookies, and is led nowhere by itself.
type visit struct {
	t    *testing.T
	at   string
	http *http.Client
}

func (p *pageWithIssuers) browser(t *testing.T) *visit {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &visit{t: t, at: p.address(), http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// open opens an address, of the gateway where it begins with a slash.
func (v *visit) open(address string, headers ...string) (*http.Response, string) {
	v.t.Helper()
	return v.send(http.MethodGet, address, nil, headers...)
}

func (v *visit) send(method, address string, form url.Values, headers ...string) (*http.Response, string) {
	v.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.at + address
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	req.Header.Set("Accept", "text/html")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := v.http.Do(req)
	require.NoError(v.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(v.t, err)
	return resp, string(body)
}

// asks begins to sign in, and returns where the browser is sent.
func (v *visit) asks(next string) string {
	v.t.Helper()
	resp, body := v.open("/login?next=" + url.QueryEscape(next))
	require.Equal(v.t, http.StatusSeeOther, resp.StatusCode, body)
	return resp.Header.Get("Location")
}

// holds says whether the browser has a cookie.
func (v *visit) holds(name string) bool {
	at, err := url.Parse(v.at)
	require.NoError(v.t, err)
	for _, c := range v.http.Jar.Cookies(at) {
		if c.Name == name {
			return true
		}
	}
	return false
}

var csrfOfPage = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func TestSomebodySignsInToThePage(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1)
	p.held["ann"] = []identity.Grant{of(identity.Reader)}
	v := p.browser(t)

	resp, _ := v.open("/runs?dataset=shop")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode, "who has no session is led to sign in")
	require.Equal(t, "/login?next=%2Fruns%3Fdataset%3Dshop", resp.Header.Get("Location"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	resp, _ = v.open(resp.Header.Get("Location"))
	to := resp.Header.Get("Location")
	asked, err := url.Parse(to)
	require.NoError(t, err)
	require.Equal(t, p.address()+"/login/callback", asked.Query().Get("redirect_uri"))
	require.Equal(t, "openid profile email", asked.Query().Get("scope"))
	require.NotContains(t, to, "of-the-page")
	begun := resp.Cookies()[0]
	require.Equal(t, "sf_sign_in", begun.Name)
	require.True(t, begun.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, begun.SameSite)
	require.NotContains(t, to, begun.Value, "the browser's key stands in no address")

	resp, body := v.open(p.issuer.SignIn(t, to, "ann"))
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	require.Equal(t, "0; url=/runs?dataset=shop", resp.Header.Get("Refresh"))
	session := resp.Cookies()[0]
	require.Equal(t, "sf_session", session.Name)
	require.True(t, session.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, session.SameSite)
	require.InDelta(t, 300, session.MaxAge, 20, "it ends with the token")
	require.True(t, bearer.Is(bearer.Session, session.Value))
	require.Contains(t, p.issuer.Shown(), "of-the-page", "the client's secret goes to the issuer")
	require.Equal(t, "ann", p.begun[0].GetSubject())
	require.Equal(t, p.issuer.URL, p.begun[0].GetIssuer())
	require.Equal(t, "ann@example.com", p.begun[0].GetName())

	resp, body = v.open("/runs?dataset=shop")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, body, "ann@example.com")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "form-action 'self'", "the form that signs out")
	resp, _ = v.open("/v1/runs")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, body = v.send(http.MethodPost, "/v1/datasets/shop/runs", nil, "Content-Type", "application/json")
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, body, "the session of a browser only reads")
	require.Contains(t, fmt.Sprint(p.suite.Audit.Lines()), "OrchestratorService/BeginSession")
}

// What a session may is what is granted, and no more.
func TestWhoSignsInMayWhatIsGranted(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1)
	p.held["bob"] = []identity.Grant{of(identity.Reader, "shop")}
	p.suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{})
	v := p.browser(t)
	_, _ = v.open(p.issuer.SignIn(t, v.asks("/"), "bob"))
	resp, _ := v.open("/v1/datasets/shop")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, body := v.open("/v1/datasets/bank")
	require.Equal(t, http.StatusForbidden, resp.StatusCode, body)
	resp, _ = v.open("/v1/tokens")
	require.Equal(t, http.StatusForbidden, resp.StatusCode)

	v = p.browser(t)
	_, _ = v.open(p.issuer.SignIn(t, v.asks("/"), "nobody"))
	resp, body = v.open("/runs")
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
	require.Contains(t, body, "nobody@example.com is granted none")
	require.Regexp(t, csrfOfPage, body, "and may sign out")
}

func TestSigningOut(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1)
	p.held["ann"] = []identity.Grant{of(identity.Reader)}
	v, other := p.browser(t), p.browser(t)
	for _, each := range []*visit{v, other} {
		_, _ = each.open(p.issuer.SignIn(t, each.asks("/"), "ann"))
	}
	_, body := v.open("/")
	token := csrfOfPage.FindStringSubmatch(body)
	require.NotNil(t, token)
	_, body = other.open("/")
	theirs := csrfOfPage.FindStringSubmatch(body)
	require.NotEqual(t, token[1], theirs[1], "each session's is another")

	for name, tc := range map[string]struct {
		form    url.Values
		headers []string
	}{
		"without":                   {url.Values{}, nil},
		"another session's":         {url.Values{"csrf": {theirs[1]}}, nil},
		"another site's page":       {url.Values{"csrf": {token[1]}}, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}},
		"a page beside it":          {url.Values{"csrf": {token[1]}}, []string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}},
		"another site's, old":       {url.Values{"csrf": {token[1]}}, []string{"Origin", "https://evil.example"}},
		"in the address":            {nil, nil},
		"a form that is too long":   {url.Values{"x": {strings.Repeat("x", 8<<10)}, "csrf": {token[1]}}, nil},
		"a form of another content": {url.Values{"csrf": {token[1]}}, []string{"Content-Type", "text/plain"}},
	} {
		at := "/logout"
		if tc.form == nil {
			at += "?csrf=" + url.QueryEscape(token[1])
		}
		resp, _ := v.send(http.MethodPost, at, tc.form, tc.headers...)
		require.Equal(t, http.StatusForbidden, resp.StatusCode, name)
	}
	resp, _ := v.open("/logout?csrf=" + url.QueryEscape(token[1]))
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, "a link signs nobody out")
	resp, _ = v.open("/")
	require.Equal(t, http.StatusOK, resp.StatusCode, "the session goes on")
	kept, err := url.Parse(v.at)
	require.NoError(t, err)
	cookie := v.http.Jar.Cookies(kept)

	resp, body = v.send(http.MethodPost, "/logout", url.Values{"csrf": {token[1]}}, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusOK, resp.StatusCode, body)
	require.Contains(t, body, "signed out")
	require.False(t, v.holds("sf_session"))
	for _, c := range cookie {
		resp, _ = p.do(t, http.MethodGet, "/v1/runs", "Cookie", c.Name+"="+c.Value)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "who kept the cookie has nothing of it")
	}
	resp, _ = other.open("/")
	require.Equal(t, http.StatusOK, resp.StatusCode, "another session of theirs goes on")
	require.Contains(t, fmt.Sprint(p.suite.Audit.Lines()), "OrchestratorService/EndSession")
	resp, _ = p.do(t, http.MethodPost, "/logout")
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}

// attacks are what may be wrong with what a browser comes back with.
func TestWhoIsNotLetInToThePage(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 2)
	p.held["ann"] = []identity.Grant{of(identity.Admin)}
	attacks := 0
	change := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	with := func(v *visit, i *issuertest.Issuer) string {
		resp, _ := v.open("/login?issuer=" + url.QueryEscape(i.URL))
		return resp.Header.Get("Location")
	}
	edit := func(back string, change func(url.Values)) string {
		u, err := url.Parse(back)
		require.NoError(t, err)
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	signIn := func(v *visit, changes ...func(map[string]any)) string {
		return p.issuer.SignIn(t, with(v, p.issuer), "ann", changes...)
	}
	for name, tc := range map[string]struct {
		back func(v *visit) string
		says string
	}{
		"a browser that did not ask":   {func(*visit) string { return signIn(p.browser(t)) }, "did not ask to sign in"},
		"one that asked for something": {func(v *visit) string { _ = with(v, p.issuer); return signIn(p.browser(t)) }, "did not ask to sign in, as far as it knows"},
		"no state":                     {func(v *visit) string { return edit(signIn(v), func(q url.Values) { q.Del("state") }) }, "(state)"},
		"two states":                   {func(v *visit) string { return edit(signIn(v), func(q url.Values) { q.Add("state", q.Get("state")) }) }, "(state)"},
		"a state that was changed": {func(v *visit) string {
			return edit(signIn(v), func(q url.Values) { q.Set("state", "x"+q.Get("state")) })
		}, "(state)"},
		"no code":                 {func(v *visit) string { return edit(signIn(v), func(q url.Values) { q.Del("code") }) }, "gave no code"},
		"two codes":               {func(v *visit) string { return edit(signIn(v), func(q url.Values) { q.Add("code", "x") }) }, "gave no code"},
		"a code that nobody gave": {func(v *visit) string { return edit(signIn(v), func(q url.Values) { q.Set("code", "x") }) }, "does not take the code"},
		"a code of another attempt": {func(v *visit) string {
			theirs, _ := url.Parse(signIn(p.browser(t)))
			return edit(signIn(v), func(q url.Values) { q.Set("code", theirs.Query().Get("code")) })
		}, "does not take the code"},
		"who said no": {func(v *visit) string {
			return edit(signIn(v), func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") })
		}, "access_denied"},
		"an answer of another issuer": {func(v *visit) string { return edit(signIn(v), func(q url.Values) { q.Set("iss", p.second.URL) }) }, "was asked"},
		"a code of another issuer": {func(v *visit) string {
			_ = with(v, p.second)
			at := with(v, p.issuer)
			other := p.issuer.SignIn(t, at, "ann")
			mixed := with(v, p.second)
			u, _ := url.Parse(mixed)
			return edit(other, func(q url.Values) { q.Set("state", u.Query().Get("state")) })
		}, "does not take the code"},
		"another nonce": {func(v *visit) string { return signIn(v, change("nonce", "x")) }, "(nonce)"},
		"no nonce":      {func(v *visit) string { return signIn(v, func(c map[string]any) { delete(c, "nonce") }) }, "(nonce)"},
		"two nonces": {func(v *visit) string {
			return signIn(v, func(c map[string]any) { c["nonce"] = []any{c["nonce"], "x"} })
		}, "cannot be taken"},
		"for another of the audience":    {func(v *visit) string { return signIn(v, change("aud", "streamflow")) }, `is not for "streamflow-page"`},
		"for nobody of the audience":     {func(v *visit) string { return signIn(v, change("aud", "elsewhere")) }, "and not for"},
		"for several":                    {func(v *visit) string { return signIn(v, change("aud", []string{signInAs, "streamflow"})) }, "does not say which of them"},
		"made for another":               {func(v *visit) string { return signIn(v, change("azp", "elsewhere")) }, "(azp)"},
		"of an issuer that is not asked": {func(v *visit) string { return signIn(v, change("iss", p.second.URL)) }, "not signed by a key of its issuer"},
		"that has ended":                 {func(v *visit) string { return signIn(v, change("exp", time.Now().Add(-30*time.Second).Unix())) }, "ended at"},
		"that ended long ago":            {func(v *visit) string { return signIn(v, change("exp", time.Now().Add(-time.Hour).Unix())) }, "ended at"},
		"that is still to come":          {func(v *visit) string { return signIn(v, change("nbf", time.Now().Add(time.Hour).Unix())) }, "is good from"},
		"without a subject":              {func(v *visit) string { return signIn(v, change("sub", "")) }, "no subject"},
	} {
		v := p.browser(t)
		resp, body := v.open(tc.back(v))
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "%s: %s", name, body)
		require.Contains(t, body, htmlText(tc.says), name)
		require.False(t, v.holds("sf_session"), name)
		attacks++
		require.Contains(t, body, `<a href="/login">`, "%s: and is told where to begin again", name)
	}
	require.Empty(t, p.begun)
	t.Logf("attacks: %d", attacks)
	v := p.browser(t)
	back := signIn(v)
	p.issuer.Down(true)
	resp, _ := v.open(back)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode, "an issuer that does not answer lets nobody in")
}

func htmlText(text string) string {
	return strings.NewReplacer(`"`, "&#34;").Replace(text)
}

// An issuer that answers nobody holds up those who come back from it, and nobody who comes by
// a link or a token.
func TestASlowIssuerHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1)
	link, session := bearer.New(bearer.Login), bearer.New(bearer.Session)
	p.suite.Reply("OrchestratorService/RedeemLogin", &orchestratorv1.RedeemLoginResponse{Secret: session, ExpiresAt: timestamppb.New(time.Now().Add(time.Hour))})
	const atOnce, come = 8, 12
	asked, until := make(chan struct{}, come), make(chan struct{})
	p.issuer.Hold(asked, until)
	answers := make(chan int, come)
	for range come {
		v := p.browser(t)
		back := p.issuer.SignIn(t, v.asks("/"), "ann")
		go func() {
			resp, err := v.http.Get(back)
			if err != nil {
				answers <- 0
				return
			}
			_ = resp.Body.Close()
			answers <- resp.StatusCode
		}()
	}
	for range atOnce {
		<-asked
	}
	require.Empty(t, asked, "so many at once, and no more")

	resp, _ := p.do(t, http.MethodGet, "/login?token="+link)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, _ = p.do(t, http.MethodGet, "/v1/runs", "Authorization", "Bearer "+p.role(identity.Reader))
	require.Equal(t, http.StatusOK, resp.StatusCode, "one that nobody has seen before")

	close(until)
	for range come {
		require.Equal(t, http.StatusOK, <-answers, "and each has their turn")
	}
}

// A callback is good once, also for who has seen it go by with the browser's cookies.
func TestACallbackIsGoodOnce(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1)
	v := p.browser(t)
	back := p.issuer.SignIn(t, v.asks("/"), "ann")
	resp, _ := v.open(back, "Accept", "text/html")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, _ = v.send(http.MethodHead, back, nil)
	require.Empty(t, resp.Cookies(), "who only looks gets nothing")
	resp, body := v.open(back)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	require.Contains(t, body, "does not take the code")
	require.Len(t, p.begun, 1)

	// An issuer that takes a code twice makes no second session: the sign-in was used.
	p.mu.Lock()
	once := p.begun[0].GetOnce()
	p.mu.Unlock()
	u, err := url.Parse(back)
	require.NoError(t, err)
	require.Equal(t, bearer.Hash(u.Query().Get("state")), once)
}

// A session that somebody has put into a browser beforehand is not the one that its person
// gets, and a cookie of another gateway, or of another name, is none.
func TestASessionIsNewEachTime(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1)
	p.held["ann"] = []identity.Grant{of(identity.Reader)}
	v := p.browser(t)
	planted := bearer.New(bearer.Session)
	at, err := url.Parse(v.at)
	require.NoError(t, err)
	v.http.Jar.SetCookies(at, []*http.Cookie{{Name: "sf_session", Value: planted, Path: "/"}})
	_, _ = v.open(p.issuer.SignIn(t, v.asks("/"), "ann"))
	for _, c := range v.http.Jar.Cookies(at) {
		require.NotEqual(t, planted, c.Value)
	}
	resp, _ := v.open("/")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	for name, cookie := range map[string]string{
		"planted": "sf_session=" + planted, "another gateway's": "sf_session=" + bearer.New(bearer.Session), "a link's": "sf_session=" + bearer.New(bearer.Login),
		"that of signing in": "sf_session=" + bearer.New(bearer.SignIn), "the name of TLS, without it": "__Host-sf_session=" + bearer.New(bearer.Session),
	} {
		resp, _ := p.do(t, http.MethodGet, "/v1/runs", "Cookie", cookie)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, name)
	}
}

// Over TLS a cookie has a name that no other host and nobody on the way can set, and one
// without it counts for nothing.
func TestCookiesOverTLSAreOfThisHostAlone(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 1, func(c *gateway.Config) { c.PageURL = "https://streamflow.example" })
	const name = "streamflow.example"
	get := func(path string, headers ...string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.address()+path, nil)
		require.NoError(t, err)
		req.Host = name
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Add(headers[i], headers[i+1])
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	resp := get("/login")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode, "what the page is opened at is a name of it")
	begun := resp.Cookies()[0]
	require.Equal(t, "__Host-sf_sign_in", begun.Name)
	require.True(t, begun.Secure)
	require.Equal(t, "/", begun.Path)
	require.Empty(t, begun.Domain)
	to := resp.Header.Get("Location")
	require.Contains(t, to, url.QueryEscape("https://streamflow.example/login/callback"), "whatever name the browser says")
	back, err := url.Parse(p.issuer.SignIn(t, to, "ann"))
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, get(back.RequestURI(), "Cookie", "sf_sign_in="+begun.Value).StatusCode, "tossed from beside")
	resp = get(back.RequestURI(), "Cookie", begun.Name+"="+begun.Value)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	session := resp.Cookies()[0]
	require.Equal(t, "__Host-sf_session", session.Name)
	require.True(t, session.Secure)
	require.Equal(t, http.StatusForbidden, get("/v1/runs", "Cookie", session.Name+"="+session.Value).StatusCode, "known, and granted nothing")
	require.Equal(t, http.StatusUnauthorized, get("/v1/runs", "Cookie", "sf_session="+session.Value).StatusCode, "without the name that nobody else can set")
	require.Equal(t, http.StatusUnauthorized, get("/v1/runs", "Cookie", session.Name+"="+session.Value+"; "+session.Name+"=x").StatusCode)
	require.Equal(t, http.StatusForbidden, get("/v1/runs", "Cookie", "sf_session=planted; "+session.Name+"="+session.Value).StatusCode, "what is tossed from beside does not get in the way")
}

// Where there are several issuers there is a choice, and where there are none nobody is sent
// anywhere.
func TestWhereSomebodySignsIn(t *testing.T) {
	t.Parallel()
	p := startSigning(t, 2)
	v := p.browser(t)
	resp, body := v.open("/login?next=/runs%3Fa%3D1")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, body, "Example &amp; Co")
	link := regexp.MustCompile(`href="(/login[^"]+)">`).FindAllStringSubmatch(body, -1)
	require.Len(t, link, 2)
	resp, _ = v.open(strings.ReplaceAll(link[1][1], "&amp;", "&"))
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	require.True(t, strings.HasPrefix(resp.Header.Get("Location"), p.second.URL+"/authorize?"))
	for _, wrong := range []string{"https://evil.example", "x", p.issuer.URL + "/"} {
		resp, body = v.open("/login?issuer=" + url.QueryEscape(wrong))
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		require.Contains(t, body, "nobody signs in to the page with the issuer")
	}
	resp, _ = v.open(p.second.SignIn(t, func() string {
		r, _ := v.open("/login?next=//evil.example&issuer=" + url.QueryEscape(p.second.URL))
		return r.Header.Get("Location")
	}(), "ann"))
	require.Equal(t, "0; url=/", resp.Header.Get("Refresh"), "nobody is led elsewhere")
	require.Equal(t, "second:ann", p.begun[0].GetName())

	// A program, a frame, and who showed a token are told what is missing, and not sent away.
	stranger := p.browser(t)
	for name, headers := range map[string][]string{
		"a program": {"Accept", "application/json"}, "a frame": {"Sec-Fetch-Dest", "iframe"}, "a picture": {"Sec-Fetch-Dest", "image"}, "a token": {"Authorization", "Bearer x"},
	} {
		resp, _ = stranger.open("/runs", headers...)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, name)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.address()+"/runs", nil)
	require.NoError(t, err)
	req.Host = "sf-0123456789.localhost"
	req.Header.Set("Accept", "text/html")
	byLink, err := stranger.http.Do(req)
	require.NoError(t, err)
	require.NoError(t, byLink.Body.Close())
	require.Equal(t, http.StatusUnauthorized, byLink.StatusCode, "at a name of links, which no issuer leads back to")
	resp, _ = stranger.open("/v1/runs", "Accept", "*/*")
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)

	none := startBelieving(t)
	resp, body = none.do(t, http.MethodGet, "/", "Accept", "text/html")
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode, "an issuer that nobody signs in with")
	require.Contains(t, body, "sfctl auth link")
	resp, _ = none.do(t, http.MethodGet, "/login/callback?code=x&state=y")
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}

func TestASignInThatCannotBe(t *testing.T) {
	t.Parallel()
	const is = "issuers: [{issuer: https://login.example, audience: [streamflow], "
	for text, says := range map[string]string{
		is + "sign_in: {}}]":                                               "sign_in.client_id: expected what the issuer knows",
		is + "sign_in: {client_id: other}}]":                               "expected one of the audience",
		is + "shared: true, sign_in: {client_id: streamflow}}]":            "a shared issuer",
		is + "jwks_file: /x, sign_in: {client_id: streamflow}}]":           "that anybody can ask",
		is + "token_file: /x, sign_in: {client_id: streamflow}}]":          "that anybody can ask",
		is + "sign_in: {client_id: streamflow, scopes: [email]}}]":         "expected openid among them",
		is + "sign_in: {client_id: streamflow, scopes: [openid, 'a b']}}]": "expected one word each",
		is + "sign_in: {client_id: streamflow, secret: x}}]":               "field secret not found",
		is + "sign_in: {client_id: streamflow, name: \"a\\u202eb\"}}]":     "sign_in.name",
	} {
		_, err := gateway.New(gateway.Config{IssuersFile: writeIssuers(t, text)}, deps())
		require.ErrorContains(t, err, says, text)
	}
	_, err := gateway.New(gateway.Config{PageURL: "http://streamflow.example"}, deps())
	require.ErrorContains(t, err, "page-url: expected an address with https")
}
