package issuer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"go.yaml.in/yaml/v3"

	"github.com/streamflow/streamflow/platform/safeurl"
)

// file is what the file of issuers holds.
type file struct {
	Issuers []setting `yaml:"issuers"`
}

// setting is an issuer as it is written.
type setting struct {
	// Issuer is its address, as it stands in its tokens (iss).
	Issuer string `yaml:"issuer"`
	// Audience are whom its tokens may be for (aud): one of these.
	Audience []string `yaml:"audience"`
	// Algorithms are how it may sign. Default: RS256, ES256.
	Algorithms []string `yaml:"algorithms"`
	// CAFile holds the certificates that its own is of. Empty: the system's.
	CAFile string `yaml:"ca_file"`
	// TokenFile holds the token that it wants of who asks for its keys, as Kubernetes does.
	TokenFile string `yaml:"token_file"`
	// JWKSFile holds its keys, where it cannot be asked for them.
	JWKSFile string `yaml:"jwks_file"`
	// Claims say what of its tokens means what.
	Claims mapping `yaml:"claims"`
	// SignIn says how people sign in to the page with it; nil where they do not.
	SignIn *SignIn `yaml:"sign_in"`
	// Shared says that others have tokens of it as well, who have nothing to do with us.
	Shared bool `yaml:"shared"`
	// OwnerClaims are the claims that tell whose a subject of a shared issuer is. Default:
	// those of GitHub and GitLab.
	OwnerClaims []string `yaml:"owner_claims"`
}

// mapping says what of a token means what.
type mapping struct {
	// Name is the claim of a readable name. Default: see setting.name.
	Name string `yaml:"name"`
	// Prefix stands before each name, so that names of two issuers are two.
	Prefix string `yaml:"prefix"`
	// Groups is the claim of somebody's groups. Default: groups.
	Groups string `yaml:"groups"`
}

var (
	// signing are the algorithms by which who verifies cannot sign. HS256 and its like are
	// not among them: there the key that verifies makes tokens, and a public key would be one.
	signing = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	usual   = []string{"RS256", "ES256"}
	// owners are the claims of GitHub's and GitLab's tokens that tell whose a job is.
	owners = []string{"repository", "repository_id", "repository_owner", "repository_owner_id", "project_path", "project_id", "namespace_path", "namespace_id"}
)

// parse reads a file of issuers, YAML.
func parse(text []byte) ([]setting, error) {
	var f file
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("expected one document, found more")
	}
	if len(f.Issuers) == 0 {
		return nil, errors.New("expected issuers, found none")
	}
	var wrong []error
	prefixes, addresses := map[string]string{}, map[string]bool{}
	for i := range f.Issuers {
		s := f.Issuers[i].withDefaults()
		f.Issuers[i] = s
		err := s.check()
		if err == nil && addresses[s.Issuer] {
			err = errors.New("the issuer stands here twice: give one entry all its audiences")
		}
		if other, there := prefixes[s.Claims.Prefix]; err == nil && there {
			err = fmt.Errorf("names of it could not be told from those of %s: give one of them a claims.prefix of its own", other)
		}
		prefixes[s.Claims.Prefix], addresses[s.Issuer] = s.Issuer, true
		if err != nil {
			wrong = append(wrong, fmt.Errorf("issuers[%d] %s: %w", i, s.Issuer, err))
		}
	}
	return f.Issuers, errors.Join(wrong...)
}

func (s setting) withDefaults() setting {
	if len(s.Algorithms) == 0 {
		s.Algorithms = usual
	}
	if len(s.OwnerClaims) == 0 {
		s.OwnerClaims = owners
	}
	s.SignIn = s.SignIn.withDefaults(s.Issuer)
	return s
}

func (s setting) check() error {
	if err := safeurl.Check(s.Issuer); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	switch {
	case len(s.Audience) == 0 || slices.Contains(s.Audience, ""):
		return errors.New("audience: expected whom its tokens are for: without one, tokens that were made for others would be taken")
	case s.JWKSFile != "" && (s.CAFile != "" || s.TokenFile != ""):
		return errors.New("jwks_file: with a file of its keys nobody is asked for them, and ca_file and token_file are for nothing")
	case s.Claims.Prefix != "" && !printable(s.Claims.Prefix, 50):
		return errors.New("claims.prefix: expected at most 50 characters that can be printed")
	}
	for _, name := range s.Algorithms {
		if !slices.Contains(signing, name) {
			return fmt.Errorf("algorithms: expected of %s, found %q", strings.Join(signing, ", "), name)
		}
	}
	return s.checkSignIn()
}

func (s setting) algorithms() []jose.SignatureAlgorithm {
	var all []jose.SignatureAlgorithm
	for _, name := range s.Algorithms {
		all = append(all, jose.SignatureAlgorithm(name))
	}
	return all
}
