package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/grpcserver"
)

// healthLimit bounds a health check; one that runs on the same machine answers at once.
const healthLimit = 3 * time.Second

// Health returns nil if the service that listens on the address is ready or, asked about
// grpcserver.LivenessService or grpcserver.FilesService, lives or can take its files. overTLS says that it speaks TLS. An image without a shell has no
// other way to ask.
func Health(ctx context.Context, listen, about string, overTLS bool) error {
	ctx, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	var opts []grpc.DialOption
	if overTLS {
		opts = append(opts, grpc.WithTransportCredentials(credentials.NewTLS(self())))
	}
	conn, err := grpcserver.Dial(loopback(listen), opts...)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	r, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{Service: about})
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	if r.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("not ready: %s", r.GetStatus())
	}
	return nil
}

// self speaks TLS with whoever listens on this machine's own port, and takes any
// certificate: its names are those that others call it by, nothing secret is sent, and
// what is asked is only whether it answers.
func self() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true} //nolint:gosec // G402: see above
}

// loopback turns an address to listen on into one to call.
func loopback(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return listen
	}
	return net.JoinHostPort("127.0.0.1", port)
}
