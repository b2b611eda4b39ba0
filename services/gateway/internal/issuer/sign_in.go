package issuer

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

// Way is an issuer that people sign in to the page with.
type Way struct {
	// Issuer is its address, and Name what it is called.
	Issuer, Name string
}

// Ways are those with which people sign in, in the order of the file.
func (s *Set) Ways() (ways []Way) {
	if s == nil {
		return nil
	}
	for _, i := range s.issuers {
		if i.SignIn != nil {
			ways = append(ways, Way{Issuer: i.Issuer, Name: i.SignIn.Name})
		}
	}
	return ways
}

// Attempt is one attempt to sign in, of which each has values that nobody else knows.
type Attempt struct {
	// Issuer is with whom, and Back where the browser comes back to.
	Issuer, Back string
	// State comes back with the browser, Nonce in the ID token; Verifier proves to the issuer
	// that who shows the code is who asked for it (PKCE, RFC 7636).
	State, Nonce, Verifier string
}

// Begin returns where a browser goes to sign in. Errors: UNAUTHENTICATED where nobody signs in
// with that issuer, ISSUER_UNAVAILABLE.
func (s *Set) Begin(ctx context.Context, a Attempt) (string, error) {
	_, asks, err := s.signsIn(ctx, a)
	if err != nil {
		return "", err
	}
	return asks.AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.Verifier), oauth2.SetAuthURLParam("nonce", a.Nonce)), nil
}

// Redeem gives the code that a browser came back with for whom its issuer tells of by it.
// Errors: UNAUTHENTICATED, ISSUER_UNAVAILABLE.
func (s *Set) Redeem(ctx context.Context, a Attempt, code string) (*Subject, error) {
	i, asks, err := s.signsIn(ctx, a)
	if err != nil {
		return nil, err
	}
	token, err := i.exchange(ctx, asks, code, a.Verifier)
	var answer *oauth2.RetrieveError
	switch {
	case errors.As(err, &answer) && answer.Response.StatusCode < 500:
		return nil, problem.Wrap(err, problem.Unauthenticated, "the issuer %s does not take the code that the browser came back with: %s", i.Issuer, short(answer.ErrorCode)).
			Advise("Sign in again: a code is good once, for a short time.")
	case err != nil:
		i.failed(err)
		return nil, i.unavailable(err)
	case !bearer.IsJWT(token):
		return nil, problem.New(problem.Unauthenticated, "the issuer %s gave no ID token", i.Issuer)
	}
	// It came from the issuer itself, and is looked at no less than one that anybody shows.
	who, err := s.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := i.meant(who, a.Nonce, s.now()); err != nil {
		return nil, err
	}
	return who, nil
}

// meant says whether an ID token is of this attempt, and for this gateway.
func (i *issuer) meant(who *Subject, nonce string, now time.Time) error {
	refuse := func(format string, args ...any) error {
		return problem.New(problem.Unauthenticated, "the ID token of the issuer "+i.Issuer+" "+format, args...).Advise("Sign in again.")
	}
	nonces, audiences, parties := who.said("nonce"), who.said("aud"), who.said("azp")
	switch {
	case who.Issuer != i.Issuer:
		return refuse("is of another, %s", who.Issuer)
	case len(nonces) != 1 || subtle.ConstantTimeCompare([]byte(nonces[0]), []byte(nonce)) != 1:
		return refuse("is of another attempt to sign in (nonce)")
	case !slices.Contains(audiences, i.SignIn.ClientID):
		return refuse("is not for %q", i.SignIn.ClientID)
	case len(parties) > 0 && !slices.Equal(parties, []string{i.SignIn.ClientID}):
		return refuse("was made for another, %q (azp)", parties)
	case len(audiences) > 1 && len(parties) == 0:
		return refuse("is for several, and does not say which of them asked for it (azp)")
	case !now.Before(who.ExpiresAt):
		return refuse("ended at %s, by the gateway's clock", text(who.ExpiresAt))
	}
	return nil
}

// said is what an issuer says of somebody under a name.
func (s *Subject) said(name string) (values []string) {
	for _, c := range s.Claims {
		if c.Name == name {
			values = append(values, c.Value)
		}
	}
	return values
}

// signsIn finds the issuer of an attempt, and how it is asked.
func (s *Set) signsIn(ctx context.Context, a Attempt) (*issuer, *oauth2.Config, error) {
	at := -1
	if s != nil {
		at = slices.IndexFunc(s.issuers, func(i *issuer) bool { return i.SignIn != nil && i.Issuer == a.Issuer })
	}
	if at < 0 {
		return nil, nil, problem.New(problem.Unauthenticated, "nobody signs in to the page with the issuer %q", short(a.Issuer))
	}
	i := s.issuers[at]
	said, err := i.provider.endpoint(ctx, i.origin, s.now(), i.failed)
	if err != nil {
		return nil, nil, i.unavailable(err)
	}
	asks, err := i.asks(said, a.Back)
	if err != nil {
		i.failed(err)
		return nil, nil, i.unavailable(err)
	}
	return i, asks, nil
}

// unavailable is the error of an issuer that cannot be asked.
func (i *issuer) unavailable(err error) error {
	return problem.Wrap(err, problem.IssuerUnavailable, "the issuer %s cannot be asked to sign anybody in", i.Issuer)
}

// failed tells who runs the gateway what is wrong in particular.
func (i *issuer) failed(err error) {
	i.keys.log.Warn("nobody can sign in to the page with an issuer", "issuer", i.Issuer, "error", err)
}
