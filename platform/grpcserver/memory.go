package grpcserver

import (
	"context"
	"fmt"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
)

// Memory is where services of one process meet without a port: nobody outside of the
// process can knock there. The zero value is ready, and safe for concurrent use.
type Memory struct {
	mu        sync.Mutex
	listeners map[string]*bufconn.Listener
}

// memoryBuffer is what one connection holds of either direction before its writer waits,
// in bytes: a frame of gRPC, many times over.
const memoryBuffer = 1 << 20

// Listen returns the listener of a service, which a server closes when it stops.
func (m *Memory) Listen(service string) net.Listener {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listeners == nil {
		m.listeners = map[string]*bufconn.Listener{}
	}
	m.listeners[service] = bufconn.Listen(memoryBuffer)
	return m.listeners[service]
}

// Address is what Dial is given for a service that listens in memory, with Through.
func (*Memory) Address(service string) string { return "passthrough:///" + service }

// Through are the options with which Dial finds the services that listen in memory.
func (m *Memory) Through() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, service string) (net.Conn, error) {
		m.mu.Lock()
		listener := m.listeners[service]
		m.mu.Unlock()
		if listener == nil {
			return nil, fmt.Errorf("no service %q listens in this process", service)
		}
		return listener.DialContext(ctx)
	})}
}
