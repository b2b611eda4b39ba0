package access

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/issuer"
)

// CallbackPath is where an issuer sends browsers back to.
const CallbackPath = LoginPath + "/callback"

// welcome leads on to a page of ours. A redirect would not: where the browser comes from
// another site, it would follow it without the cookie that it was just given.
var welcome = template.Must(template.New("welcome").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>StreamFlow</title><link rel="stylesheet" href="/console.css"/></head>
<body><main id="main"><p>You are in: <a href="{{.}}">{{if eq . "/"}}to the board{{else}}go on{{end}}</a>.</p></main></body></html>
`))

// Callback serves what an issuer sends browsers back to: it takes the code, which is good
// once, for whom the issuer tells of, and gives the browser a session of theirs. A browser
// that did not ask to sign in gets none: somebody could be led into the session of another.
func (g *Gate) Callback(refuse func(http.ResponseWriter, *http.Request, error)) http.HandlerFunc {
	return g.wayIn(refuse, func(w http.ResponseWriter, r *http.Request) error {
		a, key, err := g.comesBack(r)
		if err != nil {
			return err
		}
		session, err := g.begins(r, a, key)
		if err != nil {
			return err
		}
		return g.letIn(w, r, session.GetSecret(), session.GetExpiresAt().AsTime(), onward(a.next))
	})
}

// comesBack returns the attempt that a browser comes back from, and its key. Errors:
// UNAUTHENTICATED.
func (g *Gate) comesBack(r *http.Request) (attempt, string, error) {
	key, err := g.cookie(r, signInCookie, bearer.SignIn)
	if err != nil {
		return attempt{}, "", err
	}
	if key == "" {
		return attempt{}, "", problem.New(problem.Unauthenticated, "this browser did not ask to sign in, or took longer than %s, or keeps no cookies", attemptLasts).
			Advise("Sign in again, in this browser.")
	}
	query := r.URL.Query()
	a, err := readState(key, single(query, "state"), time.Now())
	if err != nil {
		return attempt{}, "", err
	}
	by := single(query, "iss")
	switch code := single(query, "error"); {
	case query.Has("iss") && by != a.issuer: // RFC 9207
		return attempt{}, "", problem.New(problem.Unauthenticated, "the answer is of the issuer %.200q, and %s was asked", by, a.issuer).Advise("Sign in again.")
	case query.Has("error"):
		return attempt{}, "", problem.New(problem.Unauthenticated, "not signed in: the issuer %s says %.200q (%.200q)", a.issuer, code, single(query, "error_description")).Advise("Sign in again.")
	case single(query, "code") == "":
		return attempt{}, "", problem.New(problem.Unauthenticated, "the issuer %s gave no code", a.issuer).Advise("Sign in again.")
	}
	return a, key, nil
}

// single is the only value of a name; empty where there is none, or more.
func single(query url.Values, name string) string {
	if len(query[name]) != 1 {
		return ""
	}
	return query[name][0]
}

// begins has the issuer say who it is, and makes a session of theirs.
func (g *Gate) begins(r *http.Request, a attempt, key string) (*orchestratorv1.BeginSessionResponse, error) {
	ctx := r.Context()
	back, err := g.back(r)
	if err != nil {
		return nil, err
	}
	done, err := turn(ctx, g.signing)
	if err != nil {
		return nil, err
	}
	defer done()
	asked := a.asked(key, back)
	who, err := g.issuers.Redeem(ctx, asked, single(r.URL.Query(), "code"))
	if err != nil {
		return nil, err
	}
	return g.services.Orchestrator.BeginSession(asGateway(ctx), begun(who, asked.State))
}

// begun is what the orchestrator hears of somebody who has signed in.
func begun(who *issuer.Subject, state string) *orchestratorv1.BeginSessionRequest {
	said := told(who)
	return &orchestratorv1.BeginSessionRequest{
		Issuer: said.GetIssuer(), Subject: said.GetSubject(), Name: said.GetName(), Claims: said.GetClaims(),
		ExpiresAt: timestamppb.New(who.ExpiresAt), Shared: said.GetShared(), OwnerClaims: said.GetOwnerClaims(), Once: bearer.Hash(state),
	}
}

// turn waits for one of the places of those whom nobody has seen before.
func turn(ctx context.Context, places chan struct{}) (done func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// letIn gives a browser a session, whatever it had before, and leads it on.
func (g *Gate) letIn(w http.ResponseWriter, r *http.Request, secret string, ends time.Time, next string) error {
	g.setCookie(w, r, Cookie, secret, http.SameSiteStrictMode, time.Until(ends))
	w.Header().Set("Refresh", "0; url="+next)
	return welcome.Execute(w, next)
}
