package access

import (
	"crypto/subtle"
	"net/http"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const (
	// LogoutPath is where the page's form leads that signs out.
	LogoutPath = "/logout"
	// csrfField is the field of a form that another site's page cannot fill in.
	csrfField = "csrf"
	// longestForm is how long a form is at most, in bytes.
	longestForm = 4 << 10
)

// goodbye is what a browser sees that is signed out.
const goodbye = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>StreamFlow</title><link rel="stylesheet" href="/console.css"/></head>
<body><main id="main"><p>You are signed out of StreamFlow on this browser. <a href="/">Sign in again</a>.</p></main></body></html>
`

// Visitor is whose session a page is shown in.
type Visitor struct {
	// Name is what they are called.
	Name string
	// CSRF is what the forms of their pages hold.
	CSRF string
}

// Visitor says whose session a request comes in; nil where it comes by none.
func (g *Gate) Visitor(r *http.Request) *Visitor {
	c, known := r.Context().Value(callerKey{}).(caller)
	if !known || c.with.kind != ofSession {
		return nil
	}
	secret, err := g.cookie(r, Cookie, bearer.Session)
	if err != nil || secret == "" {
		return nil
	}
	return &Visitor{Name: c.who.Name, CSRF: csrf(secret)}
}

// csrf is what stands in the forms of a session's pages. It is of the session's secret, which
// no other site's page can read, and tells nothing of it.
func csrf(secret string) string { return derive(secret, "csrf", "") }

// Logout serves the form that ends a session, of a link or of who signed in. With the cookie
// alone it does not: the form has to come from a page of that session.
func (g *Gate) Logout(refuse func(http.ResponseWriter, *http.Request, error)) http.HandlerFunc {
	return g.wayIn(refuse, func(w http.ResponseWriter, r *http.Request) error {
		secret, err := g.cookie(r, Cookie, bearer.Session)
		if err != nil {
			return err
		}
		if secret == "" {
			return missing()
		}
		r.Body = http.MaxBytesReader(w, r.Body, longestForm)
		if shown := r.PostFormValue(csrfField); subtle.ConstantTimeCompare([]byte(shown), []byte(csrf(secret))) != 1 {
			return problem.New(problem.PermissionDenied, "the form is not of a page of this session (%s)", csrfField).
				Advise("Open the page again, and sign out there.")
		}
		ctx, err := g.enter(r.Context(), shownAs(secret, ofSession))
		switch {
		case err == nil:
			_, err = g.services.Orchestrator.EndSession(asGateway(ctx), &orchestratorv1.EndSessionRequest{Hash: bearer.Hash(secret)})
		case problem.Is(err, problem.Unauthenticated):
			err = nil // it has ended
		}
		if err != nil {
			return err
		}
		g.known.drop(shownAs(secret, ofSession).credential)
		g.setCookie(w, r, Cookie, "", http.SameSiteStrictMode, 0)
		_, _ = w.Write([]byte(goodbye)) // a client that has gone away needs no answer
		return nil
	})
}
