package door

import (
	"context"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// The metadata of a call between services: who calls, and the peer secret.
const (
	NameKey   = "x-streamflow-peer"
	SecretKey = "x-streamflow-peer-secret" //nolint:gosec // G101: the name of the key, and no secret
)

// sending adds what a service sends with each call.
type sending struct{ of *Door }

// GetRequestMetadata returns the name and the secret as it is now.
func (s sending) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{NameKey: s.of.name, SecretKey: s.of.secret.Sent()}, nil
}

// RequireTransportSecurity is false: the secret is for suites without TLS.
func (sending) RequireTransportSecurity() bool { return false }

// sent is what a call says of its caller under a key, if it says it once.
func sent(ctx context.Context, key string) (string, bool) {
	values := metadata.ValueFromIncomingContext(ctx, key)
	if len(values) != 1 {
		return "", len(values) > 0
	}
	return values[0], true
}

// certified are the names in the certificate of the caller, which the CA vouches for; false
// where it showed no certificate.
func certified(ctx context.Context) ([]string, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil, false
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 {
		return nil, false
	}
	return info.State.VerifiedChains[0][0].DNSNames, true
}
