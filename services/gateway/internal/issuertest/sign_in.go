package issuertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// attempt is what somebody who is signing in was sent here with.
type attempt struct {
	query url.Values
	token string
}

// SignIn has somebody sign in who was sent to an address of the issuer, and returns where
// their browser is sent back to. change changes what the ID token says.
func (i *Issuer) SignIn(tb testing.TB, at, subject string, change ...func(map[string]any)) string {
	tb.Helper()
	u, err := url.Parse(at)
	require.NoError(tb, err)
	require.Equal(tb, i.URL+"/authorize", u.Scheme+"://"+u.Host+u.Path)
	query := u.Query()
	require.Equal(tb, "code", query.Get("response_type"))
	require.Equal(tb, "S256", query.Get("code_challenge_method"))
	token := i.Token(tb, subject, query.Get("client_id"), append([]func(map[string]any){func(c map[string]any) {
		c["nonce"], c["email"] = query.Get("nonce"), subject+"@example.com"
	}}, change...)...)
	code := rand.Text()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.codes == nil {
		i.codes = map[string]attempt{}
	}
	i.codes[code] = attempt{query, token}
	back, err := url.Parse(query.Get("redirect_uri"))
	require.NoError(tb, err)
	back.RawQuery = url.Values{"code": {code}, "state": {query.Get("state")}}.Encode()
	return back.String()
}

// Hold has it keep back each code's token until a channel is closed, and say on another that
// it was asked for one.
func (i *Issuer) Hold(asked chan<- struct{}, until <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.heldBack = func(r *http.Request) {
		asked <- struct{}{}
		select {
		case <-until:
		case <-r.Context().Done():
		}
	}
}

func (i *Issuer) wait(r *http.Request) {
	i.mu.Lock()
	held := i.heldBack
	i.mu.Unlock()
	if held != nil {
		held(r)
	}
}

// redeem gives a token for a code, once, to who can prove that they asked for it.
func (i *Issuer) redeem(w http.ResponseWriter, r *http.Request) {
	i.wait(r)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_ = r.ParseForm() // what cannot be read is not there
	a, there := i.codes[r.PostForm.Get("code")]
	delete(i.codes, r.PostForm.Get("code"))
	proof := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	id, secret, basic := r.BasicAuth()
	if !basic {
		id = r.PostForm.Get("client_id")
	}
	i.shown = append(i.shown, secret)
	w.Header().Set("Content-Type", "application/json")
	if !there || id != a.query.Get("client_id") || r.PostForm.Get("redirect_uri") != a.query.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(proof[:]) != a.query.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant"}) // who asked may be gone
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": a.token}) // who asked may be gone
}
