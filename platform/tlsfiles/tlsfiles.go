// Package tlsfiles is certificates and keys in files, as cert-manager writes them (tls.crt,
// tls.key, ca.crt): read again when they change, for connections that are made from then on.
// TLS 1.3 alone is spoken.
package tlsfiles

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/streamflow/streamflow/platform/secretfile"
)

// Files are paths of PEM files.
type Files struct {
	// Cert is the certificate, with those between it and the CA; Key is its private key.
	// Both or neither.
	Cert, Key string
	// CA holds the certificates of those whose word is taken for the other side. Empty: the
	// system's, for servers that are called, and nobody's, for clients that call.
	CA string
}

// lookEvery is how often files are looked at for a change, at most.
const lookEvery = time.Second

// Certificates are what the files hold. They are safe for concurrent use.
type Certificates struct {
	files Files
	log   *slog.Logger

	mu       sync.Mutex
	content  content
	versions [3]secretfile.Version
	looked   time.Time
	broken   error // why the files are not taken as they are
}

// content is what the files held when they were read.
type content struct {
	cert *tls.Certificate // nil without one
	ca   *x509.CertPool   // nil without one
}

// Open reads the files. They are read again when they change; what cannot be taken then
// leaves everything as it was, and log says so, once. Errors: a file that cannot be read, a
// key that others may read, a key of another certificate, no certificate in a file.
func Open(files Files, log *slog.Logger) (*Certificates, error) {
	if (files.Cert == "") != (files.Key == "") {
		return nil, errors.New("expected a certificate and its key, found one of them alone")
	}
	c := &Certificates{files: files, log: log, versions: files.versions(), looked: time.Now()}
	var err error
	if c.content, err = files.read(); err != nil {
		return nil, err
	}
	c.warn()
	return c, nil
}

func (f Files) versions() (v [3]secretfile.Version) {
	for i, path := range []string{f.Cert, f.Key, f.CA} {
		if path != "" {
			v[i] = secretfile.VersionOf(path)
		}
	}
	return v
}

func (f Files) read() (content, error) {
	var c content
	if f.Cert != "" {
		cert, err := f.pair()
		if err != nil {
			return c, err
		}
		c.cert = cert
	}
	if f.CA != "" {
		text, err := os.ReadFile(f.CA)
		if err != nil {
			return c, err
		}
		c.ca = x509.NewCertPool()
		if !c.ca.AppendCertsFromPEM(text) {
			return c, fmt.Errorf("%s: expected certificates in PEM, found none", f.CA)
		}
	}
	return c, nil
}

func (f Files) pair() (*tls.Certificate, error) {
	text, err := os.ReadFile(f.Cert)
	if err != nil {
		return nil, err
	}
	key, err := secretfile.Read(f.Key)
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(text, key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", f.Cert, f.Key, err)
	}
	return &cert, nil
}

// current returns what the files hold, read again where they have changed.
func (c *Certificates) current() content {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookEvery {
		return c.content
	}
	c.looked = time.Now()
	versions := c.files.versions()
	if versions == c.versions {
		return c.content
	}
	c.versions = versions
	read, err := c.files.read()
	c.broken = err
	if err != nil {
		c.log.Error("the files of TLS changed to what cannot be taken: those before stay", "error", err)
		return c.content
	}
	c.content = read
	c.log.Info("the files of TLS changed", "certificate", c.files.Cert, "ca", c.files.CA)
	c.warn()
	return c.content
}

// warn says of a certificate that nobody will take it any more, or not for long.
func (c *Certificates) warn() {
	if c.content.cert == nil || c.content.cert.Leaf == nil {
		return
	}
	if end := c.content.cert.Leaf.NotAfter; time.Until(end) < endsSoon {
		c.log.Warn("the certificate of TLS ends, or has ended", "certificate", c.files.Cert, "at", end.Format(time.RFC3339))
	}
}

// endsSoon is when a certificate is late to be renewed: a third of the shortest usual life,
// cert-manager's of 90 days, has gone by far.
const endsSoon = 7 * 24 * time.Hour

// Verifies says whether the files name whose word is taken for the other side.
func (c *Certificates) Verifies() bool { return c.files.CA != "" }
