package access

import (
	"net/http"
	"time"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

const (
	// Cookie is the name of the cookie that holds a session of the page.
	Cookie = "sf_session"
	// signInCookie is that of the cookie by which a browser is known that is signing in.
	signInCookie = "sf_sign_in"
	// hostOnly begins the name of a cookie that browsers take from this very host alone, over
	// TLS, and not from one beside or below it (RFC 6265bis, section 4.1.3.2).
	hostOnly = "__Host-"
)

// secure says whether browsers reach the gateway over TLS: its own, or that of what stands
// before it.
func (g *Gate) secure(r *http.Request) bool { return r.TLS != nil || g.page.secure() }

// cookieName is what a cookie is called: where there is TLS, so that no other host and nobody
// on the way can have set it.
func (g *Gate) cookieName(r *http.Request, name string) string {
	if g.secure(r) {
		return hostOnly + name
	}
	return name
}

// setCookie has a browser keep a secret, where no script sees it; one that has ended is taken
// away.
func (g *Gate) setCookie(w http.ResponseWriter, r *http.Request, name, secret string, site http.SameSite, lasts time.Duration) {
	age := int(lasts.Seconds())
	if age <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where there is TLS: on loopback there is none
		Name: g.cookieName(r, name), Value: secret, Path: "/", HttpOnly: true, SameSite: site, Secure: g.secure(r), MaxAge: age,
	})
}

// cookie is the secret of a kind that a browser keeps; empty where it keeps none. Errors: two
// of a name, of which one is somebody else's.
func (g *Gate) cookie(r *http.Request, name string, kind bearer.Kind) (string, error) {
	name = g.cookieName(r, name)
	found := r.CookiesNamed(name)
	switch {
	case len(found) == 0:
		return "", nil
	case len(found) > 1:
		return "", problem.New(problem.Unauthenticated, "expected one cookie %s, found %d", name, len(found))
	case !bearer.Is(kind, found[0].Value):
		return "", problem.New(problem.Unauthenticated, "the cookie %s is none of this gateway", name)
	}
	return found[0].Value, nil
}
