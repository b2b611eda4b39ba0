package tlsfiles

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc/credentials"
)

// Server returns what a listener for clients speaks TLS with: the certificate as it is when
// one connects. protocols are what is spoken inside, such as h2.
func (c *Certificates) Server(protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: protocols,
		// Asked before anything else, for each connection. Without tickets no connection
		// goes by what was verified for another one.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			cfg := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: protocols, SessionTicketsDisabled: true}
			if cert := c.current().cert; cert != nil {
				cfg.Certificates = []tls.Certificate{*cert}
			}
			return cfg, nil
		},
	}
}

// Mutual is Server for those who have a certificate as well: where there is a CA, one that
// they show has to be of it. Whether they have to show one is for who answers to say, in
// words.
func (c *Certificates) Mutual(protocols ...string) *tls.Config {
	cfg := c.Server(protocols...)
	shown := cfg.GetConfigForClient
	cfg.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		asking, err := shown(hello)
		if ca := c.current().ca; ca != nil {
			asking.ClientAuth, asking.ClientCAs = tls.VerifyClientCertIfGiven, ca
		}
		return asking, err
	}
	return cfg
}

// client returns how a server is called by a name that its certificate has to hold.
func (c *Certificates) client(name string) *tls.Config {
	now := c.current()
	cfg := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: name, RootCAs: now.ca, NextProtos: []string{"h2"}}
	if now.cert != nil {
		cfg.Certificates = []tls.Certificate{*now.cert}
	}
	return cfg
}

// ServerCredentials answer clients over gRPC.
func (c *Certificates) ServerCredentials() credentials.TransportCredentials {
	return credentials.NewTLS(c.Server("h2"))
}

// PeerCredentials answer others over gRPC who have a certificate of the same CA.
func (c *Certificates) PeerCredentials() credentials.TransportCredentials {
	return credentials.NewTLS(c.Mutual("h2"))
}

// ClientCredentials call servers over gRPC. name is what their certificate has to hold;
// empty for the name in the address that is called.
func (c *Certificates) ClientCredentials(name string) credentials.TransportCredentials {
	return &calling{TransportCredentials: credentials.NewTLS(c.client(name)), of: c, name: name}
}

// calling makes each connection with the files as they are then.
type calling struct {
	credentials.TransportCredentials
	of   *Certificates
	name string
}

// ClientHandshake speaks TLS on a new connection. Errors: those of crypto/tls, as where the
// server's certificate is of another CA or of another name.
func (c *calling) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(c.of.client(c.name)).ClientHandshake(ctx, authority, conn)
}

// Clone returns the same.
func (c *calling) Clone() credentials.TransportCredentials {
	return &calling{TransportCredentials: c.TransportCredentials.Clone(), of: c.of, name: c.name}
}
