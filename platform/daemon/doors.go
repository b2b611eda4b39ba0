package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pause"
)

// Whom a service asks who they are.
const (
	// AuthTokens has the gateway ask everybody for a token, as it does where nothing is said.
	AuthTokens = "tokens"
	// AuthNone is the setting of who wants a service that asks nobody.
	AuthNone = "none"
)

// remindEvery is how often the log of a service that asks nobody says so.
const remindEvery = 10 * time.Minute

// doors are the settings of who is let in.
type doors struct {
	auth string
	peer door.Config
}

func (d *doors) declare(set *config.Set, forClients bool) {
	set.String(&d.auth, "auth", "SF_AUTH", "none, to answer others than this machine without asking who they are; otherwise the gateway asks everybody for a token")
	set.String(&d.peer.SecretFile, "peer-secret-file", "SF_PEER_SECRET_FILE", "file of the secret by which the services know each other, two of them while it is changed; or, without a file, [SF_PEER_SECRET] holds it itself")
	set.EnvOnly(&d.peer.Secret, "SF_PEER_SECRET")
	set.String(&d.peer.TLS.Cert, "tls-cert-file", "SF_TLS_CERT_FILE", "certificate of this service, to answer and to call with, in PEM; it holds the service's name")
	set.String(&d.peer.TLS.Key, "tls-key-file", "SF_TLS_KEY_FILE", "its private key")
	set.String(&d.peer.TLS.CA, "tls-ca-file", "SF_TLS_CA_FILE", "certificates of the suite's CA: services have to show one of it to each other")
	if !forClients {
		return
	}
	set.String(&d.peer.Front.Cert, "front-tls-cert-file", "SF_FRONT_TLS_CERT_FILE", "certificate to answer clients with, in PEM; otherwise that of --tls-cert-file")
	set.String(&d.peer.Front.Key, "front-tls-key-file", "SF_FRONT_TLS_KEY_FILE", "its private key")
	set.String(&d.peer.Front.CA, "front-tls-client-ca-file", "SF_FRONT_TLS_CLIENT_CA_FILE", "certificates of a CA of which clients have to show one, beside their token; otherwise they are asked for none")
}

func (d *doors) check() error {
	if d.auth != "" && d.auth != AuthTokens && d.auth != AuthNone {
		return fmt.Errorf("auth: expected %s or %s, found %q", AuthTokens, AuthNone, d.auth)
	}
	return nil
}

// mayListen refuses to answer others than this machine where nobody is asked who they are.
// A service that clients call asks them in ways of its own.
func mayListen(spec Spec, cfg Config, d *door.Door, listening net.Addr) error {
	if spec.ForClients || d.Asks() || door.Local(listening) || cfg.Auth == AuthNone {
		return nil
	}
	return fmt.Errorf("expected a peer secret or TLS where others than this machine are answered, as on %s, and found neither: "+
		"set SF_PEER_SECRET_FILE, the same for all services, or SF_TLS_CERT_FILE, SF_TLS_KEY_FILE and SF_TLS_CA_FILE; SF_AUTH=none goes without", listening)
}

// TellInTheOpen says in the log of a service that clients call from other machines that their
// tokens can be read on the way, where it speaks no TLS with them. A host that runs the
// service says so itself.
func (d Deps) TellInTheOpen(listening net.Addr) {
	if d.Host != "" || d.Auth == AuthNone || door.Local(listening) || d.Door.ForClients() != nil {
		return
	}
	d.Log.Warn("tokens are sent in the open: who can read the network on the way can read them; set SF_FRONT_TLS_CERT_FILE and SF_FRONT_TLS_KEY_FILE, "+
		"or listen on loopback behind what speaks TLS", "address", listening.String())
}

// speaks is how a service answers over gRPC, and who asks its callers who they are.
func (spec Spec) speaks(d *door.Door) ([]grpc.ServerOption, grpcserver.Doorkeeper) {
	if spec.ForClients {
		return d.ServerForClients(), d.Clients()
	}
	return d.Server(), d
}

// remind says again and again, until ctx ends, that everybody is let in.
func remind(ctx context.Context, log *slog.Logger, every time.Duration, listening net.Addr) {
	for {
		log.Warn("SF_AUTH=none: whoever reaches this service is let in", "address", listening.String())
		if pause.Sleep(ctx, every) != nil {
			return
		}
	}
}
