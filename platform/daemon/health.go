package daemon

import (
	"context"
	"fmt"
	"net"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/grpcserver"
)

// healthLimit bounds a health check; one that runs on the same machine answers at once.
const healthLimit = 3 * time.Second

// Health returns nil if the service that listens on the address is ready. An image
// without a shell has no other way to ask.
func Health(ctx context.Context, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	conn, err := grpcserver.Dial(loopback(listen))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	r, err := healthv1.NewHealthClient(conn).Check(ctx, &healthv1.HealthCheckRequest{})
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	if r.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("not ready: %s", r.GetStatus())
	}
	return nil
}

// loopback turns an address to listen on into one to call.
func loopback(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return listen
	}
	return net.JoinHostPort("127.0.0.1", port)
}
