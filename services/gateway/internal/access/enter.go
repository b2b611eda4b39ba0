package access

import (
	"context"
	"net/http"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

// Enter returns the context of a call over gRPC with who it comes from. Errors:
// UNAUTHENTICATED.
func (g *Gate) Enter(ctx context.Context) (context.Context, error) {
	if g.open {
		return ctx, nil
	}
	c, err := fromMetadata(ctx)
	if err != nil {
		return ctx, err
	}
	return g.enter(ctx, c)
}

// Arrive is Enter for a call that has just come, and counts it. Errors: UNAUTHENTICATED,
// RATE_LIMITED.
func (g *Gate) Arrive(ctx context.Context) (context.Context, error) {
	ctx, err := g.Enter(ctx)
	if err != nil {
		return ctx, err
	}
	return ctx, g.count(ctx)
}

// count takes a request out of what the caller may make. The sessions of a token share what
// it may, and so do the tokens of a subject.
func (g *Gate) count(ctx context.Context) error {
	if who := From(ctx); who != nil {
		return g.rates.Take(who.Key())
	}
	return nil
}

func (g *Gate) enter(ctx context.Context, s shown) (context.Context, error) {
	s, err := g.verified(ctx, s)
	if err != nil {
		return ctx, err
	}
	who, err := g.known.find(ctx, s)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, callerKey{}, caller{who, s}), nil
}

// verified says of a token of an issuer whom it tells of; what is none stays as it is. It is
// verified each time: that costs nobody a question, and it ends when it says.
func (g *Gate) verified(ctx context.Context, s shown) (shown, error) {
	if s.kind != ofIssuer {
		return s, nil
	}
	if g.issuers == nil {
		return s, problem.New(problem.Unauthenticated, "expected a token of the suite, which begins with %s, found one of an issuer, and none is believed here", bearer.Token).
			Advise("Who runs the gateway says in a file which issuers it believes (SF_ISSUERS_FILE).")
	}
	var err error
	s.subject, err = g.issuers.Verify(ctx, s.signed)
	s.signed = ""
	return s, err
}

// Only passes on requests over HTTP of whoever is known, and has refuse answer the others,
// before any of their body is read. What lies at the free paths is for all. What is refused,
// here or further in, stands in the audit log before the answer has gone out.
func (g *Gate) Only(next http.Handler, refuse func(http.ResponseWriter, *http.Request, error), free ...string) http.Handler {
	isFree := map[string]bool{}
	for _, path := range free {
		isFree[path] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), addressKey{}, r.RemoteAddr)
		if !g.open && !isFree[r.URL.Path] {
			c, err := g.fromRequest(r)
			if err == nil {
				ctx, err = g.enter(ctx, c)
			}
			if err == nil {
				err = g.count(ctx)
			}
			if err != nil {
				r = r.WithContext(ctx)
				challenge(w, r, err)
				refuse(w, r, err)
				g.refusedRequest(r)
				return
			}
		}
		r = r.WithContext(ctx)
		defer g.refusedRequest(r)
		next.ServeHTTP(w, r)
	})
}

// challenge says what the gateway asks for, as RFC 6750 has it.
func challenge(w http.ResponseWriter, r *http.Request, err error) {
	if !problem.Is(err, problem.Unauthenticated) {
		return
	}
	value := `Bearer realm="streamflow"`
	if len(r.Header.Values(header)) > 0 {
		value += `, error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", value)
}
