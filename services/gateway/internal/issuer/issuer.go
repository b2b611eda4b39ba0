// Package issuer believes OpenID issuers: it says of a token whether one of them signed it
// for this suite, and whom it tells of. Which issuers, and for what, stands in a file. What
// somebody may do is for others to say: here nobody is anything but a subject.
//
// Keys are fetched by discovery, or read from a file, and kept. A key that is not known has
// them fetched at most once a minute, so that who makes up tokens has nobody asked.
package issuer

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/streamflow/streamflow/platform/problem"
)

// leeway is by how much clocks may differ.
const leeway = time.Minute

// Subject is somebody, as an issuer tells of them.
type Subject struct {
	// Issuer is its address, and ID who they are to it.
	Issuer, ID string
	// Name is what they are called, for people.
	Name string
	// Claims are what it says of them.
	Claims []Claim
	// ExpiresAt is when the token ends.
	ExpiresAt time.Time
	// Shared says that the issuer serves others as well, and Owners which claims tell whose a
	// subject is.
	Shared bool
	Owners []string
}

// Set are the issuers that are believed. It is safe for concurrent use.
type Set struct {
	issuers []*issuer
	now     func() time.Time
}

// issuer is one of them.
type issuer struct {
	setting
	keys   *keys
	origin *origin
	// provider is what it says of itself to who signs people in.
	provider provider
}

// New makes a set of the issuers of a file's text. log hears of those that cannot be asked.
// Errors: what is no such file, each with its place.
func New(text []byte, log *slog.Logger) (*Set, error) {
	settings, err := parse(text)
	if err != nil {
		return nil, err
	}
	s := &Set{now: time.Now}
	for _, one := range settings {
		source := &origin{issuer: one.Issuer, caFile: one.CAFile, tokenFile: one.TokenFile}
		fetch := source.keys
		if one.JWKSFile != "" {
			fetch = keysOfFile(one.JWKSFile)
		}
		s.issuers = append(s.issuers, &issuer{
			setting: one, origin: source,
			keys: &keys{issuer: one.Issuer, fetch: fetch, now: func() time.Time { return s.now() }, log: log},
		})
	}
	return s, nil
}

// Ask fetches the keys of all issuers, so that what is wrong with one is in the log when
// the gateway starts and not when somebody comes. It returns when all were asked.
func (s *Set) Ask(ctx context.Context) {
	var wg sync.WaitGroup
	for _, i := range s.issuers {
		wg.Go(func() { i.keys.ask(ctx) })
	}
	wg.Wait()
}

// Verify says whom a token tells of. Errors: UNAUTHENTICATED, ISSUER_UNAVAILABLE.
func (s *Set) Verify(ctx context.Context, token string) (*Subject, error) {
	by, err := claimedIssuer(token)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.issuers, func(i *issuer) bool { return i.Issuer == by })
	if at < 0 {
		return nil, problem.New(problem.Unauthenticated, "the token is of the issuer %q, and that is none of those that are believed here", short(by))
	}
	return s.issuers[at].verify(ctx, token, s.now())
}

// verify says whom a token of the issuer tells of.
func (i *issuer) verify(ctx context.Context, token string, now time.Time) (*Subject, error) {
	signed := &signature{keys: i.keys, algorithms: i.algorithms()}
	verifier := oidc.NewVerifier(i.Issuer, signed, &oidc.Config{
		SupportedSigningAlgs: i.Algorithms,
		SkipClientIDCheck:    true, // there may be several audiences
		SkipExpiryCheck:      true, // the leeway of nbf cannot be chosen there
	})
	told, err := verifier.Verify(ctx, token)
	switch {
	case signed.err != nil:
		return nil, signed.err
	case err != nil:
		return nil, problem.Wrap(err, problem.Unauthenticated, "the token of issuer %s cannot be taken: %s", i.Issuer, plainly(err))
	case !slices.ContainsFunc(told.Audience, func(a string) bool { return slices.Contains(i.Audience, a) }):
		return nil, problem.New(problem.Unauthenticated, "the token of issuer %s is for %q, and not for %q", i.Issuer, short(fmt.Sprint(told.Audience)), i.Audience)
	}
	var claims map[string]any
	if err := told.Claims(&claims); err != nil {
		return nil, problem.Wrap(err, problem.Unauthenticated, "the claims of a token of issuer %s cannot be read", i.Issuer)
	}
	ends, err := inTime(claims, now)
	if err != nil {
		return nil, err
	}
	return i.subject(told.Subject, claims, ends)
}

// subject is who a token tells of that can be taken.
func (i *issuer) subject(id string, claims map[string]any, ends time.Time) (*Subject, error) {
	if !printable(id, maxSubject) {
		return nil, problem.New(problem.Unauthenticated, "the token of issuer %s has no subject (sub) that can be read: expected 1 to %d characters that can be printed", i.Issuer, maxSubject)
	}
	s := &Subject{Issuer: i.Issuer, ID: id, ExpiresAt: ends, Shared: i.Shared, Owners: i.OwnerClaims}
	s.Claims = flatten(claims, i.Claims.Groups)
	if len(s.Claims) > maxClaims {
		return nil, problem.New(problem.Unauthenticated, "the token of issuer %s says %d things, and at most %d are read", i.Issuer, len(s.Claims), maxClaims)
	}
	s.Name = i.name(id, claims)
	return s, nil
}
