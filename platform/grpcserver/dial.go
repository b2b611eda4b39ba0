package grpcserver

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver/dns"
)

// Where a name resolves to the replicas themselves, one that was replaced has another
// address: it is looked up as often as a lost connection is tried again, not every
// thirty seconds as gRPC has it. gRPC takes this for the whole process, and only while
// the program starts.
func init() { dns.SetMinResolutionInterval(maxDelay) }

// maxDelay is the longest wait before a lost connection is tried again.
const maxDelay = 2 * time.Second

// Dial returns a connection to a sibling service. It does not connect yet, and it
// comes back by itself after the other side was away: within two seconds, so that a
// run does not wait longer for a restarted service than the restart took, where its
// name still resolved; otherwise see docs/decisions/0014-headless-services.md. Calls take
// turns among all the addresses that target's name resolves to, and reads that met a
// broken connection are sent again.
func Dial(target string, extra ...grpc.DialOption) (*grpc.ClientConn, error) {
	if strings.Contains(target, ",") {
		return nil, fmt.Errorf("address %q: expected one, found a list; a name that resolves to several addresses is used in turn: dns:///name:port", target)
	}
	opts := append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage)),
		grpc.WithDefaultServiceConfig(serviceConfig()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: maxDelay},
			MinConnectTimeout: 2 * time.Second,
		}),
	}, extra...)
	conn, err := grpc.NewClient(target, opts...)
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", target, err)
	}
	return conn, nil
}
