package access

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

// Cookie is the name of the cookie that holds a session of the page.
const Cookie = "sf_session"

// header is where a token stands, over HTTP and over gRPC.
const header = "Authorization"

// credential is what somebody showed, of which the secret itself is not kept.
type credential struct {
	hash    [sha256.Size]byte
	session bool
}

func credentialOf(secret string, session bool) credential {
	c := credential{session: session}
	copy(c.hash[:], bearer.Hash(secret))
	return c
}

// fromHeader reads the values of the header that a token stands in. Two are refused: which
// of them counts is what an attacker and a proxy could disagree on.
func fromHeader(values []string) (credential, error) {
	switch len(values) {
	case 0:
		return credential{}, missing()
	case 1:
	default:
		return credential{}, problem.New(problem.Unauthenticated, "expected one header %s, found %d", header, len(values))
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return credential{}, problem.New(problem.Unauthenticated, "expected the header %s to read Bearer and a token, found another scheme", header)
	}
	if secret = strings.TrimSpace(secret); !bearer.Is(bearer.Token, secret) {
		return credential{}, problem.New(problem.Unauthenticated, "expected a token, found what is none: one begins with %s and was copied whole", bearer.Token)
	}
	return credentialOf(secret, false), nil
}

// fromMetadata reads the token of a gRPC call.
func fromMetadata(ctx context.Context) (credential, error) {
	return fromHeader(metadata.ValueFromIncomingContext(ctx, strings.ToLower(header)))
}

// fromRequest reads the token of a request over HTTP, or the session of a browser, which
// reads and changes nothing: a page of another site could otherwise have a browser change
// what its person may.
func fromRequest(r *http.Request) (credential, error) {
	if values := r.Header.Values(header); len(values) > 0 {
		return fromHeader(values)
	}
	cookies := r.CookiesNamed(Cookie)
	switch {
	case len(cookies) == 0:
		return credential{}, missing()
	case len(cookies) > 1:
		return credential{}, problem.New(problem.Unauthenticated, "expected one cookie %s, found %d", Cookie, len(cookies))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return credential{}, problem.New(problem.Unauthenticated, "the session of a browser only reads: what changes something needs a token in the header %s", header)
	case elsewhere(r):
		return credential{}, problem.New(problem.Unauthenticated, "the request comes from a page of another site, which the session of a browser is not for: open the address by itself")
	case !bearer.Is(bearer.Session, cookies[0].Value):
		return credential{}, problem.New(problem.Unauthenticated, "the session is not known")
	}
	return credentialOf(cookies[0].Value, true), nil
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
