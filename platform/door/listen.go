package door

import (
	"crypto/tls"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// Server returns what a gRPC server that other services call needs to speak TLS; nothing
// where the door has no certificate.
func (d *Door) Server() []grpc.ServerOption {
	if d == nil || d.certs == nil {
		return nil
	}
	return []grpc.ServerOption{grpc.Creds(d.certs.PeerCredentials())}
}

// ServerForClients is Server where clients call, who have no certificate of the suite's.
func (d *Door) ServerForClients() []grpc.ServerOption {
	cfg := d.ForClients("h2")
	if cfg == nil {
		return nil
	}
	return []grpc.ServerOption{grpc.Creds(credentials.NewTLS(cfg))}
}

// ForClients is how clients are spoken to over TLS, by protocols such as h2; nil where they
// are spoken to in the open.
func (d *Door) ForClients(protocols ...string) *tls.Config {
	switch {
	case d == nil:
		return nil
	case d.asksClients():
		return d.front.Mutual(protocols...)
	case d.front != nil:
		return d.front.Server(protocols...)
	case d.certs != nil:
		return d.certs.Server(protocols...)
	default:
		return nil
	}
}

// Local says whether an address that is listened on is reached from this machine alone.
func Local(listening net.Addr) bool {
	at, ok := listening.(*net.TCPAddr)
	return !ok || at.IP.IsLoopback() // what is no TCP is in memory, or a socket with a mode
}
