package access

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestAnAttemptComesBackToItsBrowserAlone(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	key := bearer.New(bearer.SignIn)
	a := newAttempt("https://login.example", "/runs?state=failed", now)
	state := a.state(key)
	got, err := readState(key, state, now.Add(attemptLasts))
	require.NoError(t, err)
	require.Equal(t, a, got)
	body, proof, _ := strings.Cut(state, ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(url.Values{"i": {"https://login.example"}, "n": {"//evil.example"}, "t": {"1700000000"}, "s": {"x"}}.Encode()))
	for name, wrong := range map[string]string{
		"nothing": "", "a dot": ".", "no proof": body, "no body": "." + proof, "another's next": forged + "." + proof, "another's proof": body + "." + derive(key, "nonce", body),
		"of another browser": a.state(bearer.New(bearer.SignIn)), "longer": state + "A", "huge": strings.Repeat("A", longestState) + state,
	} {
		_, err := readState(key, wrong, now)
		require.True(t, problem.Is(err, problem.Unauthenticated), name)
	}
	_, err = readState(key, state, now.Add(attemptLasts+time.Second))
	require.ErrorContains(t, err, "took longer than 10m")
	_, err = readState(key, state, now.Add(-2*time.Minute))
	require.True(t, problem.Is(err, problem.Unauthenticated), "of the time to come")
	long := newAttempt("https://"+strings.Repeat("ä", 245), "/"+strings.Repeat("%", longestNext-1), now)
	_, err = readState(key, long.state(key), now)
	require.NoError(t, err, "the longest that there is comes back")
}

// Each value of an attempt is another, and tells nothing of the others.
func TestTheValuesOfAnAttemptAreApart(t *testing.T) {
	t.Parallel()
	key := bearer.New(bearer.SignIn)
	seen := map[string]bool{}
	for range 3 {
		a := newAttempt("https://login.example", "/", time.Now()).asked(key, "http://localhost/login/callback")
		_, proof, _ := strings.Cut(a.State, ".")
		for _, value := range []string{proof, a.Nonce, a.Verifier} {
			require.Len(t, value, 43, "256 bits, and as long as a verifier has to be")
			require.False(t, seen[value])
			seen[value] = true
		}
	}
	require.NotEqual(t, csrf("a"), csrf("b"))
}

// onwardTo are addresses that somebody may be given, and where each leads.
var onwardTo = map[string]string{
	"/runs": "/runs", "/runs?state=failed&page=2": "/runs?state=failed&page=2", "/datasets/shop#x": "/datasets/shop", "/a%20b": "/a%20b", "/a/../b": "/a/../b",
	"": "/", "runs": "/", "//evil.example": "/", "///evil.example": "/", "/\\evil.example": "/", "\\\\evil.example": "/", "https://evil.example": "/", "https:/evil.example": "/",
	"javascript:alert(1)": "/", "data:text/html,x": "/", "/\t/evil.example": "/", "/\n//evil.example": "/", " /" + "evil": "/", "/;url=//evil.example": "/",
	"/%2f/evil.example": "/", "/%5cevil.example": "/%5cevil.example", "/x\"><script>": "/", "/ä": "/", "/%zz": "/", "/@evil.example": "/@evil.example",
	"/login": "/", "/login?next=/x": "/", "/login/callback?code=x": "/", "/logout": "/", "/loginx": "/loginx", "//": "/", "/%2F%2Fevil.example": "/",
}

func TestNobodyIsLedElsewhere(t *testing.T) {
	t.Parallel()
	for asked, want := range onwardTo {
		require.Equal(t, want, onward(asked), "%q", asked)
	}
	require.Equal(t, "/", onward("/"+strings.Repeat("a", longestNext)))
}

func FuzzOnward(f *testing.F) {
	for asked := range onwardTo {
		f.Add(asked)
	}
	base, err := url.Parse("https://streamflow.example")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, asked string) {
		to, err := base.Parse(onward(asked))
		require.NoError(t, err)
		require.Equal(t, "https://streamflow.example", to.Scheme+"://"+to.Host)
		require.NotContains(t, onward(asked), ";")
	})
}

func TestWhereThePageIs(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"streamflow.example": "expected an address", "http://streamflow.example": "without TLS", "https://streamflow.example/x": "without a path",
		"https://streamflow.example?x=1": "expected an address", "https://a:b@streamflow.example": "expected an address", "ftp://streamflow.example": "without TLS",
	} {
		_, err := ParsePage(text)
		require.ErrorContains(t, err, says, text)
	}
	for _, tc := range []struct{ page, host, want string }{
		{"https://StreamFlow.example:8443/", "10.0.0.1:8080", "https://streamflow.example:8443/login/callback"},
		{"http://localhost:8080", "localhost:9", "http://localhost:8080/login/callback"},
		{"", "localhost:8080", "http://localhost:8080/login/callback"},
		{"", "sf-x.localhost:8080", ""},
		{"", "[::1]:8080", "http://[::1]:8080/login/callback"},
		{"", "streamflow.example", ""}, {"", "localhost.evil.example", ""}, {"", "10.0.0.1:8080", ""},
	} {
		page, err := ParsePage(tc.page)
		require.NoError(t, err)
		back, err := (&Gate{page: page}).back(&http.Request{Host: tc.host})
		require.Equal(t, tc.want, back, tc.host)
		require.Equal(t, tc.want == "", problem.Is(err, problem.Unauthenticated), tc.host)
	}
	page, err := ParsePage("https://streamflow.example:8443")
	require.NoError(t, err)
	require.Equal(t, "streamflow.example", page.Host())
	require.Empty(t, Page{}.Host())
}
