package tlsfiles

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Broken says why the files cannot be taken as they are now, while those of before stay in
// use; nil where nothing is wrong.
func (c *Certificates) Broken() error {
	c.current()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

// Holds says what others would have against the certificate as that of a service by its
// name, as in ingest: that it holds other names, or is not of the CA in the files. When it
// ends is another matter (the log tells); without a certificate or a CA there is nothing to
// say.
func (c *Certificates) Holds(name string) error {
	now := c.current()
	if now.cert == nil || now.ca == nil {
		return nil
	}
	leaf, between := now.cert.Leaf, x509.NewCertPool()
	for _, der := range now.cert.Certificate[1:] {
		if cert, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(cert)
		}
	}
	// As whoever calls the service does, and whom it calls.
	for _, use := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		_, err := leaf.Verify(x509.VerifyOptions{
			DNSName: name, Roots: now.ca, Intermediates: between, CurrentTime: within(leaf), KeyUsages: []x509.ExtKeyUsage{use},
		})
		var invalid x509.CertificateInvalidError
		if err != nil && (!errors.As(err, &invalid) || invalid.Reason != x509.Expired) { // as a CA that is younger
			return c.files.unfit(name, leaf, err)
		}
	}
	return nil
}

// within is now, or the moment of a certificate's life that is nearest to it.
func within(leaf *x509.Certificate) time.Time {
	switch now := time.Now(); {
	case now.Before(leaf.NotBefore):
		return leaf.NotBefore
	case now.After(leaf.NotAfter):
		return leaf.NotAfter
	default:
		return now
	}
}

func (f Files) unfit(name string, leaf *x509.Certificate, err error) error {
	var another x509.HostnameError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &another):
		return fmt.Errorf("certificate %s: expected one that holds the name %s, found %s: those that call the service by its name would refuse it",
			f.Cert, name, named(leaf))
	case errors.As(err, &unknown):
		return fmt.Errorf("certificate %s: expected one of the CA in %s, found one of %q: the others would refuse it", f.Cert, f.CA, leaf.Issuer.String())
	default:
		return fmt.Errorf("certificate %s, by the CA in %s: %w", f.Cert, f.CA, err)
	}
}

// named are the names that a certificate holds.
func named(leaf *x509.Certificate) string {
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	const most = 10 // a certificate holds as many as its owner likes
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + " and others"
	default:
		return strings.Join(names, ", ")
	}
}
