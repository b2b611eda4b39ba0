package access

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/issuer"
)

// header is where a token stands, over HTTP and over gRPC.
const header = "Authorization"

// maxToken is how long a token of an issuer is at most, in bytes: what a proxy lets through
// in a header, with much room.
const maxToken = 16 << 10

// credential is what somebody showed, of which the secret itself is not kept.
type credential struct {
	hash [sha256.Size]byte
	kind kind
}

// kind is what a credential is.
type kind byte

const (
	// ofToken is a token of the suite.
	ofToken kind = iota
	// ofSession is a session of the page.
	ofSession
	// ofIssuer is a token that an OpenID issuer signed.
	ofIssuer
)

// shown is what somebody showed, and what an issuer says by it.
type shown struct {
	credential
	// signed is the token of an issuer, until it was verified.
	signed string
	// subject is whom it tells of, once it was; nil of all others.
	subject *issuer.Subject
}

func shownAs(secret string, k kind) shown {
	s := shown{credential: credential{kind: k}}
	copy(s.hash[:], bearer.Hash(secret))
	if k == ofIssuer {
		s.signed = secret
	}
	return s
}

// fromHeader reads the values of the header that a token stands in. Two are refused: which
// of them counts is what an attacker and a proxy could disagree on.
func fromHeader(values []string) (shown, error) {
	switch len(values) {
	case 0:
		return shown{}, missing()
	case 1:
	default:
		return shown{}, problem.New(problem.Unauthenticated, "expected one header %s, found %d", header, len(values))
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return shown{}, problem.New(problem.Unauthenticated, "expected the header %s to read Bearer and a token, found another scheme", header)
	}
	secret = strings.TrimSpace(secret)
	switch {
	case bearer.Is(bearer.Token, secret):
		return shownAs(secret, ofToken), nil
	case !bearer.IsJWT(secret):
		return shown{}, problem.New(problem.Unauthenticated, "expected a token, found what is none: one begins with %s, or is of an issuer, and was copied whole", bearer.Token)
	case len(secret) > maxToken:
		return shown{}, problem.New(problem.Unauthenticated, "expected a token of at most %d bytes, found %d", maxToken, len(secret))
	}
	return shownAs(secret, ofIssuer), nil
}

// fromMetadata reads the token of a gRPC call.
func fromMetadata(ctx context.Context) (shown, error) {
	return fromHeader(metadata.ValueFromIncomingContext(ctx, strings.ToLower(header)))
}

// fromRequest reads the token of a request over HTTP, or the session of a browser, which
// reads and changes nothing: a page of another site could otherwise have a browser change
// what its person may.
func (g *Gate) fromRequest(r *http.Request) (shown, error) {
	if values := r.Header.Values(header); len(values) > 0 {
		return fromHeader(values)
	}
	secret, err := g.cookie(r, Cookie, bearer.Session)
	switch {
	case err != nil:
		return shown{}, err
	case secret == "":
		return shown{}, missing()
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return shown{}, problem.New(problem.Unauthenticated, "the session of a browser only reads: what changes something needs a token in the header %s", header)
	case elsewhere(r):
		return shown{}, problem.New(problem.Unauthenticated, "the request comes from a page of another site, which the session of a browser is not for: open the address by itself")
	}
	return shownAs(secret, ofSession), nil
}

// elsewhere says whether a browser sends a request for a page of another site. One of the same
// site at another port or name is another as well, but where its reader follows a link: what
// the answer holds is then not its page's to read. Browsers of before 2023 do not say.
func elsewhere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	case "same-site":
		return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	default:
		return true
	}
}
