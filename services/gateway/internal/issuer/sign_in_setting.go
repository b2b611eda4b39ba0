package issuer

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// SignIn is how people sign in to the page with an issuer, by the authorization code flow.
type SignIn struct {
	// ClientID is what the issuer knows the gateway as. It is one of the issuer's audience.
	ClientID string `yaml:"client_id"`
	// SecretFile holds the client's secret; empty where it has none.
	SecretFile string `yaml:"client_secret_file"`
	// Scopes are what is asked for. Default: openid, profile, email.
	Scopes []string `yaml:"scopes"`
	// Name is what the issuer is called where there is a choice. Default: its host.
	Name string `yaml:"name"`
}

// openid is the scope without which an issuer gives no ID token.
const openid = "openid"

func (s *SignIn) withDefaults(issuer string) *SignIn {
	if s == nil {
		return nil
	}
	in := *s
	if len(in.Scopes) == 0 {
		in.Scopes = []string{openid, "profile", "email"}
	}
	if u, err := url.Parse(issuer); err == nil {
		in.Name = cmp.Or(in.Name, u.Host)
	}
	return &in
}

// checkSignIn refuses a way to sign in that cannot be one.
func (s setting) checkSignIn() error {
	in := s.SignIn
	switch {
	case in == nil:
		return nil
	case in.ClientID == "":
		return errors.New("sign_in.client_id: expected what the issuer knows the gateway as")
	case !slices.Contains(s.Audience, in.ClientID):
		return fmt.Errorf("sign_in.client_id: expected one of the audience, since the tokens that the page gets are for it, found %q", in.ClientID)
	case s.JWKSFile != "" || s.TokenFile != "":
		return errors.New("sign_in: people sign in with an issuer that anybody can ask: leave out jwks_file and token_file")
	case s.Shared:
		return errors.New("sign_in: a shared issuer is for machines of others as well, and signs nobody in to the page")
	case !slices.Contains(in.Scopes, openid):
		return errors.New("sign_in.scopes: expected openid among them, without which there is no ID token")
	case slices.ContainsFunc(in.Scopes, func(scope string) bool { return scope == "" || strings.ContainsAny(scope, " \t\r\n\"\\") }):
		return fmt.Errorf("sign_in.scopes: expected one word each, found %q", in.Scopes)
	case !printable(in.Name, maxName):
		return fmt.Errorf("sign_in.name: expected at most %d characters that can be printed", maxName)
	}
	return nil
}
