package access

import (
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/issuer"
)

// choice has a browser choose an issuer. It is the only one of the page's ways in that
// asks for something.
var choice = template.Must(template.New("choice").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><title>Sign in – StreamFlow</title><link rel="stylesheet" href="/console.css"/></head>
<body><main id="main"><h1>Sign in</h1><ul>{{range .}}<li><a href="{{.Link}}">{{.Name}}</a></li>{{end}}</ul></main></body></html>
`))

type chosen struct{ Name, Link string }

// signIn sends a browser to the issuer that it signs in with, or has it choose one.
func (g *Gate) signIn(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	next, ways := onward(query.Get("next")), g.issuers.Ways()
	with := query.Get("issuer")
	switch {
	case len(ways) == 0:
		return noLink()
	case with == "" && len(ways) > 1:
		return choice.Execute(w, choices(ways, next))
	case with == "":
		with = ways[0].Issuer
	}
	back, err := g.back(r)
	if err != nil {
		return err
	}
	key, err := g.cookie(r, signInCookie, bearer.SignIn)
	if key == "" || err != nil { // whose it is, is told by what comes back with it
		key = bearer.New(bearer.SignIn)
	}
	to, err := g.issuers.Begin(r.Context(), newAttempt(with, next, time.Now()).asked(key, back))
	if err != nil {
		return err
	}
	// Lax, since the issuer's page leads back here; the session's is strict.
	g.setCookie(w, r, signInCookie, key, http.SameSiteLaxMode, attemptLasts)
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // to an issuer of the file
	return nil
}

func choices(ways []issuer.Way, next string) (all []chosen) {
	for _, way := range ways {
		link := url.URL{Path: LoginPath, RawQuery: url.Values{"issuer": {way.Issuer}, "next": {next}}.Encode()}
		all = append(all, chosen{Name: way.Name, Link: link.String()})
	}
	return all
}

// SignsIn says whether people sign in to the page with an issuer.
func (g *Gate) SignsIn() bool { return !g.open && len(g.issuers.Ways()) > 0 }

// ToSignIn is where a request of a browser is led that comes without a session, where people
// sign in with an issuer; empty where it is not to be led anywhere.
func (g *Gate) ToSignIn(r *http.Request, err error) string {
	if !problem.Is(err, problem.Unauthenticated) || !g.SignsIn() || r.Method != http.MethodGet || len(r.Header.Values(header)) > 0 {
		return ""
	}
	if to := r.Header.Get("Sec-Fetch-Dest"); to != "" && to != "document" { // a frame or a picture signs nobody in
		return ""
	}
	if r.URL.Path == LoginPath || r.URL.Path == CallbackPath || r.URL.Path == LogoutPath {
		return ""
	}
	if _, err := g.back(r); err != nil { // it could not come back
		return ""
	}
	link := url.URL{Path: LoginPath, RawQuery: url.Values{"next": {onward(r.URL.RequestURI())}}.Encode()}
	return link.String()
}
