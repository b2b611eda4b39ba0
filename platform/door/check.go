package door

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/whocalls"
)

// The names of gRPC's own services begin so. Health answers everybody: who looks whether a
// pod lives knows no secret.
const (
	health   = "/grpc.health."
	internal = "/grpc."
)

// Check says why a caller may not call an RPC; nil where it may. method is the full name,
// as in /streamflow.ingest.v1.IngestService/Stage. A secret that is wrong is refused for
// health as well, so that a service with the wrong one is seen not to be ready.
// Errors: PEER_UNKNOWN, PEER_NOT_ALLOWED.
func (d *Door) Check(ctx context.Context, method string) error {
	if !d.Asks() {
		return nil
	}
	secret, told := sent(ctx, SecretKey)
	if d.secret != nil && told && !d.secret.Accepts(secret) {
		return d.unknown("the peer secret that was sent is another one than this service has: give both the same file (SF_PEER_SECRET_FILE); while it is changed, it holds the old secret as well")
	}
	if strings.HasPrefix(method, health) {
		return nil
	}
	if d.secret != nil && !told {
		return d.unknown("no peer secret was sent: set SF_PEER_SECRET_FILE of whoever calls to the file that this service has; clients call the gateway")
	}
	name, _ := sent(ctx, NameKey)
	names := []string{name}
	if d.verifies() {
		var shown bool
		if names, shown = certified(ctx); !shown {
			return d.unknown("no certificate was shown: set SF_TLS_CERT_FILE and SF_TLS_KEY_FILE of whoever calls to one of the suite's CA; clients call the gateway")
		}
	}
	if strings.HasPrefix(method, internal) {
		return nil
	}
	if may := whocalls.Of(method); !may.Include(names...) {
		return problem.New(problem.PeerNotAllowed, "%s of the %s service is called by %s alone, and this caller is %s",
			method[1:], d.name, said(may, "no other service"), said(names, "without a name")).
			With("service", d.name).With("method", method)
	}
	return nil
}

func (d *Door) unknown(why string) error {
	return problem.New(problem.PeerUnknown, "the %s service does not know who calls: %s", d.name, why).With("service", d.name)
}

// said names services, or says otherwise where there is none.
func said(names []string, otherwise string) string {
	text := strings.Trim(strings.Join(names, ", "), ", ")
	if text == "" {
		return otherwise
	}
	const most = 100 // a certificate holds as many names as its owner likes
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}
