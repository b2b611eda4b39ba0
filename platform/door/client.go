package door

import (
	"context"
	"crypto/tls"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
)

// asksClients says whether clients have to show a certificate.
func (d *Door) asksClients() bool { return d != nil && d.front != nil && d.front.Verifies() }

// Clients is who asks the clients of a service for their certificate, where one is asked for.
type Clients struct{ door *Door }

// Clients asks those who are none of the suite.
func (d *Door) Clients() Clients { return Clients{d} }

// Check says why a client may not call an RPC: no certificate was shown. One of another CA
// does not get so far. Health answers everybody. Errors: UNAUTHENTICATED.
func (c Clients) Check(ctx context.Context, method string) error {
	if !c.door.asksClients() || strings.HasPrefix(method, health) {
		return nil
	}
	if _, shown := certified(ctx); !shown {
		return uncertified()
	}
	return nil
}

// CheckConnection is Check for what does not speak gRPC, by how its connection speaks TLS.
// Errors: UNAUTHENTICATED.
func (c Clients) CheckConnection(state *tls.ConnectionState) error {
	if !c.door.asksClients() || state != nil && len(state.VerifiedChains) > 0 {
		return nil
	}
	return uncertified()
}

func uncertified() error {
	return problem.New(problem.Unauthenticated, "expected a certificate of the client's, of the CA in the gateway's SF_FRONT_TLS_CLIENT_CA_FILE, found none").
		Advise("Show one: sfctl with --tls-cert and --tls-key, curl with --cert and --key, a browser out of its own store.")
}
