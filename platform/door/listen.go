package door

import (
	"net"

	"google.golang.org/grpc"
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
	if d == nil || d.certs == nil {
		return nil
	}
	return []grpc.ServerOption{grpc.Creds(d.certs.ServerCredentials())}
}

// Local says whether an address that is listened on is reached from this machine alone.
func Local(listening net.Addr) bool {
	at, ok := listening.(*net.TCPAddr)
	return !ok || at.IP.IsLoopback() // what is no TCP is in memory, or a socket with a mode
}
