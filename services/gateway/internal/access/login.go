package access

import (
	"context"
	"net/http"
	"time"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// LoginPath is where a link leads.
const LoginPath = "/login"

// welcome leads on to the board. A redirect would not: where the link stood on a page of
// another site, the browser would follow it without the cookie that it was just given.
const welcome = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>StreamFlow</title><link rel="stylesheet" href="/console.css"/></head>
<body><main id="main"><p>You are in: <a href="/">to the board</a>.</p></main></body></html>
`

// Login serves the links to the page: it takes the secret of one, which is good once, and
// gives the browser a session. A program that only looks at a link, by HEAD, does not use
// it up.
func (g *Gate) Login(refuse func(http.ResponseWriter, *http.Request, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", "text/html; charset=utf-8")
		if g.open {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		if r.Method == http.MethodHead {
			return
		}
		session, err := g.redeem(r.Context(), r.URL.Query()["token"])
		if err != nil {
			challenge(w, r, err)
			refuse(w, r, err)
			return
		}
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where there is TLS: on loopback there is none
			Name: Cookie, Value: session.GetSecret(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
			Secure: r.TLS != nil, MaxAge: int(time.Until(session.GetExpiresAt().AsTime()).Seconds()),
		})
		h.Set("Refresh", "0; url=/")
		_, _ = w.Write([]byte(welcome)) // a client that has gone away needs no answer
	}
}

func (g *Gate) redeem(ctx context.Context, secrets []string) (*orchestratorv1.RedeemLoginResponse, error) {
	if len(secrets) != 1 || !bearer.Is(bearer.Login, secrets[0]) {
		return nil, problem.New(problem.Unauthenticated, "expected a link to the page, found what is none: one ends in %s?token= and a secret, and was copied whole", LoginPath).
			Advise("Make one with `sfctl auth link`.")
	}
	// It takes turns with the tokens that nobody has seen before.
	select {
	case g.known.trying <- struct{}{}:
		defer func() { <-g.known.trying }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return g.services.Orchestrator.RedeemLogin(asGateway(ctx), &orchestratorv1.RedeemLoginRequest{Secret: secrets[0]})
}
