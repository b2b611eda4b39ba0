// Package grant is roles that are granted to those whose identity an OpenID issuer tells: to
// one subject, or to whoever the issuer says certain things of. Issuers are believed by the
// gateway, which passes on what they say; what it comes to is found out here, of what the
// database holds and of a file alike.
package grant

import (
	"cmp"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/identity"
)

// Claim is something that an issuer says of a subject, compared letter by letter.
type Claim struct{ Name, Value string }

// Grant is a role of a subject, or of those of whom an issuer says certain things.
type Grant struct {
	identity.Grant
	// Issuer is whose word is taken: its address, as it stands in its tokens.
	Issuer string
	// Subject is who it is for; empty for whoever has the claims.
	Subject string
	// Claims are what has to be said of them, all of it.
	Claims []Claim
}

// Subject is somebody, as an issuer tells it.
type Subject struct {
	// Issuer is who tells it, and ID who they are to it.
	Issuer, ID string
	Claims     []Claim
	// Shared says that the issuer serves others as well, as one of CI does. Then a grant
	// counts only where it names one of Owners, the claims that tell whose a subject is.
	Shared bool
	Owners []string
}

// Counts says whether a grant is for a subject.
func (g Grant) Counts(to Subject) bool {
	switch {
	case g.Issuer != to.Issuer || g.Subject == "" && len(g.Claims) == 0:
		return false
	case g.Subject != "" && g.Subject != to.ID:
		return false
	}
	owned := !to.Shared
	for _, c := range g.Claims {
		if !slices.Contains(to.Claims, c) {
			return false
		}
		owned = owned || slices.Contains(to.Owners, c.Name)
	}
	return owned
}

// InOrder is the grant as it is kept: the same in another order is the same.
func (g Grant) InOrder() Grant {
	g.Datasets = slices.Compact(slices.Sorted(slices.Values(g.Datasets)))
	if g.Datasets == nil {
		g.Datasets = []string{}
	}
	g.Claims = slices.Clone(g.Claims)
	slices.SortFunc(g.Claims, func(a, b Claim) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	g.Claims = slices.Compact(g.Claims)
	return g
}

// ClaimTexts are the claims as the database holds them, name=value.
func (g Grant) ClaimTexts() []string { return texts(g.Claims) }

// ClaimTexts are the claims as the database compares them. What it cannot hold is in no
// grant.
func (s Subject) ClaimTexts() []string { return texts(s.Claims) }

func texts(claims []Claim) []string {
	all := make([]string, 0, len(claims))
	for _, c := range claims {
		if strings.ContainsAny(c.Name, "=\x00") || strings.Contains(c.Value, "\x00") {
			continue
		}
		all = append(all, c.Name+"="+c.Value)
	}
	return all
}

// ParseClaims reads claims as the database holds them.
func ParseClaims(texts []string) []Claim {
	var claims []Claim
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		claims = append(claims, Claim{Name: name, Value: value})
	}
	return claims
}
