package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/issuer"
)

// attempt is one attempt of a browser to sign in. Nothing of it is kept here, so that the
// browser may come back to another replica: it is written into the state, which a key binds
// that the browser alone has, in a cookie. Of the same key come the nonce and the verifier,
// which therefore stand in no address.
type attempt struct {
	issuer string // its address
	next   string // where it was to go
	at     time.Time
	salt   string // which tells it from others of this browser
}

const (
	// attemptLasts is how long somebody may take to sign in with their issuer.
	attemptLasts = 10 * time.Minute
	// longestNext is how long the address is at most that a browser is led on to, in bytes.
	longestNext = 500
	// longestState is how long what comes back is at most, in bytes.
	longestState = 5000
)

func newAttempt(issuer, next string, now time.Time) attempt {
	return attempt{issuer: issuer, next: next, at: now, salt: rand.Text()}
}

// state is what an attempt goes out with and comes back with.
func (a attempt) state(key string) string {
	body := a.body()
	return body + "." + derive(key, "state", body)
}

func (a attempt) body() string {
	fields := url.Values{"i": {a.issuer}, "n": {a.next}, "t": {strconv.FormatInt(a.at.Unix(), 10)}, "s": {a.salt}}
	return base64.RawURLEncoding.EncodeToString([]byte(fields.Encode()))
}

// asked is the attempt as an issuer is asked.
func (a attempt) asked(key, back string) issuer.Attempt {
	body := a.body()
	return issuer.Attempt{Issuer: a.issuer, Back: back, State: a.state(key), Nonce: derive(key, "nonce", body), Verifier: derive(key, "verifier", body)}
}

// derive makes a value for one use of a key that says nothing about its values for others.
func derive(key, use, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(use + " " + body)) // never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// readState returns the attempt that a browser comes back from. Errors: UNAUTHENTICATED where
// it is of another browser, was changed on the way, or took too long.
func readState(key, state string, now time.Time) (attempt, error) {
	var a attempt
	body, proof, _ := strings.Cut(state, ".")
	if len(state) > longestState || !hmac.Equal([]byte(proof), []byte(derive(key, "state", body))) {
		return a, problem.New(problem.Unauthenticated, "this browser did not ask to sign in, as far as it knows (state)").
			Advise("Sign in again, in this browser.")
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return a, err
	}
	fields, err := url.ParseQuery(string(text))
	if err != nil {
		return a, err
	}
	seconds, err := strconv.ParseInt(fields.Get("t"), 10, 64)
	if err != nil {
		return a, err
	}
	a = attempt{issuer: fields.Get("i"), next: fields.Get("n"), at: time.Unix(seconds, 0), salt: fields.Get("s")}
	if since := now.Sub(a.at); since > attemptLasts || since < -time.Minute {
		return a, problem.New(problem.Unauthenticated, "signing in took longer than %s", attemptLasts).Advise("Sign in again.")
	}
	return a, nil
}

// onward is where a browser is led on to: what it asked for, where that is of this page, and
// the board otherwise. An address that leads elsewhere is none of ours.
func onward(asked string) string {
	const board = "/"
	if len(asked) > longestNext || !strings.HasPrefix(asked, "/") || strings.HasPrefix(asked, "//") || strings.ContainsFunc(asked, odd) {
		return board
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return board
	}
	for _, way := range []string{LoginPath, LogoutPath} {
		if u.Path == way || strings.HasPrefix(u.Path, way+"/") {
			return board
		}
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// odd is what browsers read otherwise than Go does, or what ends an address where it stands.
func odd(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\\\"'<>;`", r) }
