package access

import (
	"context"
	"net/http"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// LoginPath is where a link leads, and where people sign in.
const LoginPath = "/login"

// Login serves the ways in to the page. A link has a secret, which is good once, and which the
// browser gets a session for; without one it signs in with an issuer. A program that only
// looks at a link, by HEAD, does not use it up.
func (g *Gate) Login(refuse func(http.ResponseWriter, *http.Request, error)) http.HandlerFunc {
	return g.wayIn(refuse, func(w http.ResponseWriter, r *http.Request) error {
		secrets, link := r.URL.Query()["token"]
		if !link {
			return g.signIn(w, r)
		}
		session, err := g.redeem(r.Context(), secrets)
		if err != nil {
			return err
		}
		return g.letIn(w, r, session.GetSecret(), session.GetExpiresAt().AsTime(), "/")
	})
}

// wayIn serves a way in to the page, which nothing keeps, and which is for nothing where
// nobody is asked who they are.
func (g *Gate) wayIn(refuse func(http.ResponseWriter, *http.Request, error), serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", "text/html; charset=utf-8")
		switch {
		case g.open:
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		case r.Method == http.MethodHead:
			return
		}
		if err := serve(w, r); err != nil {
			challenge(w, r, err)
			refuse(w, r, err)
		}
	}
}

func (g *Gate) redeem(ctx context.Context, secrets []string) (*orchestratorv1.RedeemLoginResponse, error) {
	if len(secrets) != 1 || !bearer.Is(bearer.Login, secrets[0]) {
		return nil, noLink()
	}
	done, err := turn(ctx, g.known.trying) // with the tokens that are tried
	if err != nil {
		return nil, err
	}
	defer done()
	return g.services.Orchestrator.RedeemLogin(asGateway(ctx), &orchestratorv1.RedeemLoginRequest{Secret: secrets[0]})
}

func noLink() error {
	return problem.New(problem.Unauthenticated, "expected a link to the page, found what is none: one ends in %s?token= and a secret, and was copied whole", LoginPath).
		Advise("Make one with `sfctl auth link`.")
}
