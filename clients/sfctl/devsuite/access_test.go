package devsuite_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func asking(dir string) devsuite.Config {
	cfg := config(dir)
	cfg.Auth, cfg.User = devsuite.AuthTokens, "ana@desk"
	return cfg
}

func who(t *testing.T, address, token string) (*orchestratorv1.Identity, error) {
	t.Helper()
	conn, err := grpcserver.Dial(address, bearer.Call(token))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	resp, err := orchestratorv1.NewOrchestratorServiceClient(conn).WhoAmI(t.Context(), &orchestratorv1.WhoAmIRequest{})
	return resp.GetIdentity(), err
}

func TestWhoStartsASuiteHasItsToken(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, asking(dir))

	token, at, err := devsuite.ReadAccess(dir)
	require.NoError(t, err)
	require.Equal(t, s.Token(), token)
	require.Equal(t, devsuite.Place{Server: s.GRPCAddr(), Page: "http://" + s.HTTPAddr()}, at)
	for path, mode := range map[string]os.FileMode{"access": 0o700, "access/token": 0o600, "access/gateway.json": 0o600} {
		info, err := os.Stat(filepath.Join(dir, path))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), path)
	}
	me, err := who(t, s.GRPCAddr(), token)
	require.NoError(t, err)
	require.Equal(t, "ana@desk", me.GetName())
	require.Equal(t, orchestratorv1.Role_ROLE_ADMIN, me.GetRole())
	_, err = who(t, s.GRPCAddr(), bearer.New(bearer.Token))
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	requireBrowser(t, s)
	require.NoError(t, s.Stop(t.Context()))

	second := start(t, asking(dir))
	require.Equal(t, token, second.Token(), "a second start goes on with it")
	_, at, err = devsuite.ReadAccess(dir)
	require.NoError(t, err)
	require.Equal(t, second.GRPCAddr(), at.Server, "at its new address")
	me, err = who(t, second.GRPCAddr(), token)
	require.NoError(t, err)
	conn, err := grpcserver.Dial(second.GRPCAddr(), bearer.Call(token))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).RevokeToken(t.Context(), &orchestratorv1.RevokeTokenRequest{Token: me.GetToken(), RequestedBy: "x", LastAdmin: true})
	require.NoError(t, err)
	require.NoError(t, second.Stop(t.Context()))

	third := start(t, asking(dir))
	require.NotEqual(t, token, third.Token(), "one that is good no more is replaced")
	_, err = who(t, third.GRPCAddr(), third.Token())
	require.NoError(t, err)
}

// requireBrowser follows the link to the page as a browser does.
func requireBrowser(t *testing.T, s *devsuite.Suite) {
	t.Helper()
	link, err := s.Link(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^http://sf-[a-z2-7]{10}\.localhost:`, link)
	_, path, _ := strings.Cut(strings.TrimPrefix(link, "http://"), "/")
	get := func(path string, cookies ...*http.Cookie) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTPAddr()+"/"+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "text/html")
		for _, c := range cookies {
			req.AddCookie(c)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	require.Equal(t, http.StatusUnauthorized, get("").StatusCode)
	in := get(path)
	require.Equal(t, http.StatusOK, in.StatusCode)
	require.Len(t, in.Cookies(), 1)
	require.Equal(t, http.StatusOK, get("", in.Cookies()...).StatusCode)
	require.Equal(t, http.StatusUnauthorized, get(path).StatusCode, "the link is good once")
}

func TestAFolderThatOthersMayWriteIsRefusedForATokens(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "access"), 0o777))
	require.NoError(t, os.Chmod(filepath.Join(dir, "access"), 0o777))
	_, err := devsuite.Start(t.Context(), asking(dir))
	require.ErrorContains(t, err, "written by its owner alone")
}

func TestTokensInFiles(t *testing.T) {
	t.Parallel()
	token := bearer.New(bearer.Token)
	for _, text := range []string{token, token + "\n", " " + token + "\r\n", "Authorization: Bearer " + token + "\n"} {
		got, err := devsuite.ParseToken(text)
		require.NoError(t, err, text)
		require.Equal(t, token, got)
	}
	const signed = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"
	got, err := devsuite.ParseToken(signed + "\n")
	require.NoError(t, err, "as Kubernetes projects it")
	require.Equal(t, signed, got)
	for _, text := range []string{"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0", signed + "." + signed, "eyJ.a b.c", "", "\n", "sf_", token[:20], token + "\n" + token, "Authorization: Basic " + token, bearer.New(bearer.Session)} {
		_, err := devsuite.ParseToken(text)
		require.ErrorContains(t, err, "expected a token, which begins with sf_", text)
	}
}

func TestLinksToThePage(t *testing.T) {
	t.Parallel()
	require.Equal(t, "https://streamflow.example/login?token=x", devsuite.LoginURL("https://streamflow.example/", "x"))
	require.Equal(t, "http://10.0.0.1:8080/login?token=x", devsuite.LoginURL("http://10.0.0.1:8080", "x"))
	for _, page := range []string{"http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:8080"} {
		require.Regexp(t, `^http://sf-[a-z2-7]{10}\.localhost:8080/login\?token=x$`, devsuite.LoginURL(page, "x"))
	}
	one, other := devsuite.LoginURL("http://127.0.0.1:1", "x"), devsuite.LoginURL("http://127.0.0.1:1", "x")
	require.NotEqual(t, one, other, "each has a name of its own")
}
