// Package door is how the services of a suite know each other: by certificates of one CA
// (mutual TLS), by a peer secret, or by both; whatever is set is asked for. A service shows
// what it has to those that it calls, and lets in those that platform/whocalls names.
package door

import (
	"errors"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/peersecret"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// Config says what a service shows and asks for. The zero value is no door at all.
type Config struct {
	// SecretFile holds the peer secret, and is read again when it changes; Secret is one by
	// itself. At most one of them.
	SecretFile, Secret string
	// TLS is the service's own certificate, with which it answers and calls, and the CA of
	// the suite. The zero value speaks in the open.
	TLS tlsfiles.Files
	// Front is what clients are answered with who are none of the suite, where that is
	// another certificate than the service's own; with a CA they have to show one of it. For a
	// service that clients call.
	Front tlsfiles.Files
}

// Door is one service's. A nil one shows nothing and asks for nothing. It is safe for
// concurrent use.
type Door struct {
	name   string
	secret *peersecret.Secret     // nil without one
	certs  *tlsfiles.Certificates // nil without any
	front  *tlsfiles.Certificates // nil where clients are answered with certs
}

// Open makes the door of a service by its name, as in ingest. log hears of files that
// change. Errors: a secret or a certificate that cannot be taken, two secrets.
func Open(name string, cfg Config, log *slog.Logger) (*Door, error) {
	d := &Door{name: name}
	var err error
	switch {
	case cfg.SecretFile != "" && cfg.Secret != "":
		return nil, errors.New("the peer secret stands in SF_PEER_SECRET and, as a file, in SF_PEER_SECRET_FILE: want one of them")
	case cfg.SecretFile != "":
		d.secret, err = peersecret.Open(cfg.SecretFile, log)
	case cfg.Secret != "":
		d.secret, err = peersecret.Of(cfg.Secret)
	}
	if err != nil {
		return nil, fmt.Errorf("the peer secret: %w", err)
	}
	if cfg.TLS.CA != "" && cfg.TLS.Cert == "" {
		return nil, errors.New("SF_TLS_CA_FILE is set, and no certificate of the service's own: set SF_TLS_CERT_FILE and SF_TLS_KEY_FILE as well")
	}
	if cfg.TLS != (tlsfiles.Files{}) {
		if d.certs, err = tlsfiles.Open(cfg.TLS, log); err != nil {
			return nil, fmt.Errorf("TLS between services: %w", err)
		}
	}
	return d, d.openFront(cfg.Front, log)
}

func (d *Door) openFront(files tlsfiles.Files, log *slog.Logger) (err error) {
	if files.CA != "" && files.Cert == "" {
		return errors.New("SF_FRONT_TLS_CLIENT_CA_FILE is set, and no certificate to answer clients with: set SF_FRONT_TLS_CERT_FILE and SF_FRONT_TLS_KEY_FILE as well")
	}
	if files == (tlsfiles.Files{}) {
		return nil
	}
	if d.front, err = tlsfiles.Open(files, log); err != nil {
		return fmt.Errorf("TLS for clients: %w", err)
	}
	return nil
}

// Unfit says what the others would have against the service's own certificate: that it is of
// another CA, or holds other names than the service's. Nil where there is nothing.
func (d *Door) Unfit() error {
	if d == nil || d.certs == nil {
		return nil
	}
	return d.certs.Holds(d.name)
}

// Broken says which files of certificates and secrets cannot be taken as they are now, while
// what was read before stays in use; nil where nothing is wrong.
func (d *Door) Broken() error {
	if d == nil {
		return nil
	}
	var errs []error
	if d.secret != nil {
		errs = append(errs, d.secret.Broken())
	}
	for _, c := range []*tlsfiles.Certificates{d.certs, d.front} {
		if c != nil {
			errs = append(errs, c.Broken())
		}
	}
	return errors.Join(errs...)
}

// Asks says whether the door asks who calls: a certificate without a CA does not.
func (d *Door) Asks() bool { return d != nil && (d.secret != nil || d.verifies()) }

func (d *Door) verifies() bool { return d.certs != nil && d.certs.Verifies() }

// Call returns with what options a service calls another one by its name, as in ingest:
// that name is what the other one's certificate has to hold, wherever it answers.
func (d *Door) Call(service string) []grpc.DialOption {
	if d == nil {
		return nil
	}
	var opts []grpc.DialOption
	if d.certs != nil {
		opts = append(opts, grpc.WithTransportCredentials(d.certs.ClientCredentials(service)))
	}
	if d.secret != nil {
		opts = append(opts, grpc.WithPerRPCCredentials(sending{d}))
	}
	return opts
}
