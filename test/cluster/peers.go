package cluster

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/peersecret"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// secretFile is where the cluster's peer secret lies, for its owner alone.
const secretFile = "peer-secret"

// makeDoors makes what the services know each other by: a peer secret, as `make demo`
// needs none to be set up, and certificates where the cluster speaks TLS.
func (c *Cluster) makeDoors() error {
	path := filepath.Join(c.cfg.Dir, secretFile)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.WriteFile(path, []byte(peersecret.New()+"\n"), 0o600); err != nil {
		return fmt.Errorf("peer secret: %w", err)
	}
	if err := audit.MakeKey(c.auditKey()); err != nil {
		return err
	}
	if !c.cfg.TLS {
		return nil
	}
	ca, err := ownca.New()
	if err != nil {
		return err
	}
	for _, s := range Services {
		if err := ca.Issue(c.certificates(s), ownca.Request{Names: []string{s, "localhost", "127.0.0.1"}}); err != nil {
			return err
		}
	}
	return nil
}

// auditKey is the file of the key that signs the audit log.
func (c *Cluster) auditKey() string { return filepath.Join(c.cfg.Dir, "audit-key") }

// AuditPublicKey is the file of the public key of the audit log.
func (c *Cluster) AuditPublicKey() string { return c.auditKey() + ".pub" }

func (c *Cluster) certificates(service string) string {
	return filepath.Join(c.cfg.Dir, "tls", service)
}

// Door is what a service of the cluster has.
func (c *Cluster) Door(service string) door.Config {
	cfg := door.Config{SecretFile: filepath.Join(c.cfg.Dir, secretFile)}
	if dir := c.certificates(service); c.cfg.TLS {
		cfg.TLS = tlsfiles.Files{
			Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: filepath.Join(dir, ownca.CAFile),
		}
	}
	return cfg
}

// doorEnv tells it to the service.
func (c *Cluster) doorEnv(service string) []string {
	d := c.Door(service)
	env := []string{"SF_PEER_SECRET_FILE=" + d.SecretFile}
	if service == Gateway {
		env = append(env, "SF_AUDIT_KEY_FILE="+c.auditKey(), "SF_AUDIT_CHECKPOINT_EVERY=1s")
	}
	if c.cfg.TLS {
		env = append(env, "SF_TLS_CERT_FILE="+d.TLS.Cert, "SF_TLS_KEY_FILE="+d.TLS.Key, "SF_TLS_CA_FILE="+d.TLS.CA)
	}
	return env
}

// CA is the file of the cluster's CA; empty where it speaks no TLS.
func (c *Cluster) CA() string { return c.Door(Gateway).TLS.CA }

// Dial connects to a service as a client, who is none of the suite, and shows the gateway
// its token.
func (c *Cluster) Dial(service string) (*grpc.ClientConn, error) {
	if service == Gateway && c.token != "" {
		return c.DialWith(service, bearer.Call(c.token))
	}
	return c.DialWith(service)
}

// DialWith connects to a service as a client with options of its own.
func (c *Cluster) DialWith(service string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	if !c.cfg.TLS {
		return grpcserver.Dial(c.addr[service], opts...)
	}
	certs, err := tlsfiles.Open(tlsfiles.Files{CA: c.CA()}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return grpcserver.Dial(c.addr[service], append(opts, grpc.WithTransportCredentials(certs.ClientCredentials("")))...)
}

// DialAs connects to a service as another one of the suite.
func (c *Cluster) DialAs(caller, service string) (*grpc.ClientConn, error) {
	d, err := door.Open(caller, c.Door(caller), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return grpcserver.Dial(c.addr[service], d.Call(service)...)
}
