package signin_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/signin"
)

// issuer answers as an OpenID issuer that has the device code does.
type issuer struct {
	*httptest.Server

	mu sync.Mutex
	// says changes what it says of itself, and answers are those of its token endpoint, one
	// after the other: an error code, or a token that ends in so long.
	says    func(map[string]any)
	answers []any
	asked   []string // what was asked for tokens with
}

func newIssuer(t *testing.T, answers ...any) *issuer {
	t.Helper()
	i := &issuer{answers: answers}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		d := map[string]any{
			"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/auth",
			"token_endpoint": i.URL + "/token", "device_authorization_endpoint": i.URL + "/device",
		}
		if i.says != nil {
			i.says(d)
		}
		_ = json.NewEncoder(w).Encode(d)
	})
	mux.HandleFunc("/device", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"device_code": "d", "user_code": "ABCD", "verification_uri": i.URL + "/go", "verification_uri_complete": i.URL + "/go?c=ABCD", "expires_in": 60, "interval": 1,
		})
	})
	mux.HandleFunc("/token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	_ = r.ParseForm()
	i.asked = append(i.asked, r.Form.Get("grant_type")+" "+r.Form.Get("refresh_token"))
	answer := i.answers[0]
	if len(i.answers) > 1 {
		i.answers = i.answers[1:]
	}
	w.Header().Set("Content-Type", "application/json")
	if code, refuses := answer.(string); refuses {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": "as a test wants it"})
		return
	}
	lasts, _ := answer.(time.Duration)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": "a", "token_type": "Bearer", "refresh_token": fmt.Sprintf("r%d", len(i.asked)), "id_token": tokenThatEnds(time.Now().Add(lasts)),
	})
}

func (i *issuer) asks() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.asked...)
}

func tokenThatEnds(at time.Time) string {
	body := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"exp":%d}`, at.Unix()))
	return "eyJhbGciOiJSUzI1NiJ9." + body + ".c2ln"
}

func (i *issuer) client() signin.Client {
	return signin.Client{Issuer: i.URL, ID: "sfctl", Scopes: []string{"openid"}}
}

const server = "https://streamflow.example:7100"

func TestSomebodySignsInByTheDeviceCode(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, "authorization_pending", time.Hour)
	var shown []string
	kept, err := i.client().ByDevice(t.Context(), server, func(page, code, whole string) { shown = append(shown, page, code, whole) })
	require.NoError(t, err)
	require.Equal(t, []string{i.URL + "/go", "ABCD", i.URL + "/go?c=ABCD"}, shown)
	require.Equal(t, server, kept.Server)
	require.WithinDuration(t, time.Now().Add(time.Hour), kept.Ends, time.Minute)
	require.Equal(t, "r2", kept.Refresh)
}

func TestWhoIsNotSignedIn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer any
		change func(*issuer)
		says   string
	}{
		"who said no":               {"access_denied", nil, "not signed in: the issuer says access_denied (as a test wants it)"},
		"whose code has ended":      {"expired_token", nil, "the issuer says expired_token"},
		"where there is no device":  {time.Hour, func(i *issuer) { i.says = func(d map[string]any) { delete(d, "device_authorization_endpoint") } }, "has no device code"},
		"of another issuer":         {time.Hour, func(i *issuer) { i.says = func(d map[string]any) { d["issuer"] = "https://other.example" } }, "did not match"},
		"whose tokens go elsewhere": {time.Hour, func(i *issuer) { i.says = func(d map[string]any) { d["token_endpoint"] = "http://evil.example/token" } }, "without TLS"},
	} {
		i := newIssuer(t, tc.answer)
		if tc.change != nil {
			tc.change(i)
		}
		_, err := i.client().ByDevice(t.Context(), server, func(string, string, string) {})
		require.ErrorContains(t, err, tc.says, name)
	}
	_, err := signin.Client{Issuer: "http://login.example"}.ByDevice(t.Context(), server, nil)
	require.ErrorContains(t, err, "without TLS")
	_, err = signin.Client{Issuer: "https://login.example", CA: "/none"}.ByDevice(t.Context(), server, nil)
	require.ErrorContains(t, err, "the issuer's CA")
}

func TestWhatIsKeptIsForItsServerAndItsUserAlone(t *testing.T) {
	t.Parallel()
	s := signin.Store{Dir: filepath.Join(t.TempDir(), "logins")}
	_, err := s.Read(server)
	require.ErrorIs(t, err, fs.ErrNotExist)
	kept := &signin.Kept{Server: server, Client: signin.Client{Issuer: "https://login.example", ID: "sfctl", Scopes: []string{"openid"}}, Token: tokenThatEnds(time.Now()), Ends: time.Unix(1, 0).UTC()}
	require.NoError(t, s.Write(kept))
	got, err := s.Read(server)
	require.NoError(t, err)
	require.Equal(t, kept, got)
	for _, other := range []string{"streamflow.example:7100", server + "0", "https://STREAMFLOW.example:7100"} {
		_, err := s.Read(other)
		require.ErrorIs(t, err, fs.ErrNotExist, other)
	}
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	path := files[0]
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), server, "https://evil.example:7100")), 0o600))
	_, err = s.Read(server)
	require.ErrorContains(t, err, "expected what is for "+server, "another's file in its place")
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = s.Read(server)
	require.ErrorContains(t, err, "its owner alone")
	require.NoError(t, s.Forget(server))
	require.ErrorIs(t, s.Forget(server), fs.ErrNotExist)

	nowhere := signin.Store{}
	require.ErrorContains(t, nowhere.Write(kept), "no home")
	_, err = nowhere.Read(server)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// Several command lines at once renew a token once: the second renewal by the same token is
// what an issuer takes for a thief.
func TestATokenIsRenewedOnceBeforeItEnds(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, time.Hour)
	s := signin.Store{Dir: filepath.Join(t.TempDir(), "logins")}
	now := time.Now()
	require.NoError(t, s.Write(&signin.Kept{Server: server, Client: i.client(), Token: "old", Ends: now.Add(5 * time.Minute), Refresh: "r0"}))
	kept, err := s.Current(t.Context(), server, now)
	require.NoError(t, err)
	require.Equal(t, "old", kept.Token, "it lasts")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			k, err := s.Current(context.Background(), server, now.Add(4*time.Minute+time.Second))
			if err != nil || k.Token == "old" {
				t.Error(k, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []string{"refresh_token r0"}, i.asks())
	kept, err = s.Read(server)
	require.NoError(t, err)
	require.Equal(t, "r1", kept.Refresh, "the next one is kept")
}

func TestATokenThatIsNotRenewed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, "invalid_grant")
	s := signin.Store{Dir: filepath.Join(t.TempDir(), "logins")}
	require.NoError(t, s.Write(&signin.Kept{Server: server, Client: i.client(), Token: "old", Ends: time.Now(), Refresh: "r0"}))
	kept, err := s.Current(t.Context(), server, time.Now())
	require.ErrorContains(t, err, "its issuer does not renew it: the issuer says invalid_grant")
	require.Equal(t, "old", kept.Token)
	require.NoError(t, s.Write(&signin.Kept{Server: server, Client: i.client(), Token: "old", Ends: time.Now()}))
	_, err = s.Current(t.Context(), server, time.Now())
	require.ErrorContains(t, err, "offline_access")
}

// Who signs out while a token is being renewed is signed out: nothing comes back.
func TestWhatIsForgottenDoesNotComeBack(t *testing.T) {
	t.Parallel()
	i := newIssuer(t, time.Hour)
	asked, answer := make(chan struct{}), make(chan struct{})
	i.says = func(map[string]any) {
		close(asked)
		<-answer
	}
	s := signin.Store{Dir: filepath.Join(t.TempDir(), "logins")}
	require.NoError(t, s.Write(&signin.Kept{Server: server, Client: i.client(), Token: "old", Ends: time.Now(), Refresh: "r0"}))
	renewed, forgotten := make(chan error), make(chan error)
	go func() {
		_, err := s.Current(context.Background(), server, time.Now())
		renewed <- err
	}()
	<-asked // it is under way, and holds the lock
	go func() { forgotten <- s.Forget(server) }()
	close(answer)
	require.NoError(t, <-renewed)
	require.NoError(t, <-forgotten)
	_, err := s.Read(server)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, s.Forget(server), fs.ErrNotExist)
}

// A link in the place of the lock or of what is kept leads nowhere.
func TestALockIsNoLink(t *testing.T) {
	t.Parallel()
	s := signin.Store{Dir: filepath.Join(t.TempDir(), "logins")}
	kept := &signin.Kept{Server: server, Client: signin.Client{Issuer: "https://login.example"}, Token: "t", Ends: time.Now().Add(time.Hour)}
	require.NoError(t, s.Write(kept))
	locks, err := filepath.Glob(filepath.Join(s.Dir, "*.lock"))
	require.NoError(t, err)
	require.Len(t, locks, 1)
	elsewhere := filepath.Join(t.TempDir(), "theirs")
	require.NoError(t, os.Remove(locks[0]))
	require.NoError(t, os.Symlink(elsewhere, locks[0]))
	require.Error(t, s.Write(kept))
	require.NoFileExists(t, elsewhere)
}
