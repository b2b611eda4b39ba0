// Package ownca makes a certificate authority on the spot, for a suite of one machine and
// for tests: its key stays in memory, and is gone with the process. What is to last is for
// an authority of yours, as cert-manager.
package ownca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of a certificate, by the names that cert-manager gives them.
const (
	CertFile = "tls.crt"
	KeyFile  = "tls.key"
	CAFile   = "ca.crt"
)

// skew is how far clocks may be behind, and life how long what is made here is taken.
const (
	skew = 5 * time.Minute
	life = 365 * 24 * time.Hour
)

// CA is an authority. It is safe for concurrent use.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes an authority.
func New() (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the CA: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "StreamFlow on the spot"},
		NotBefore: time.Now().Add(-skew), NotAfter: time.Now().Add(life),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of the CA: %w", err)
	}
	return &CA{cert: cert, key: key}, nil
}

// Request is what a certificate is to say.
type Request struct {
	// Names are DNS names and IP addresses that it is for; at least one.
	Names []string
	// From and Until are when it is taken. Default: now, and for a year.
	From, Until time.Time
}

// Issue makes a certificate to answer and to call with, and writes it, its key and the
// CA's certificate into a folder, which is made where it is missing. Those that lie there
// are replaced as a whole, one after the other.
func (ca *CA) Issue(dir string, r Request) error {
	if len(r.Names) == 0 {
		return errors.New("expected a name for the certificate, found none")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("key of %s: %w", r.Names[0], err)
	}
	der, err := x509.CreateCertificate(rand.Reader, r.template(), ca.cert, key.Public(), ca.key)
	if err != nil {
		return fmt.Errorf("certificate of %s: %w", r.Names[0], err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("key of %s: %w", r.Names[0], err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(
		replace(filepath.Join(dir, KeyFile), "PRIVATE KEY", private, 0o600),
		replace(filepath.Join(dir, CertFile), "CERTIFICATE", der, 0o644),
		ca.Write(filepath.Join(dir, CAFile)),
	)
}

// Write writes the CA's certificate into a file.
func (ca *CA) Write(path string) error { return replace(path, "CERTIFICATE", ca.cert.Raw, 0o644) }

func (r Request) template() *x509.Certificate {
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: r.Names[0]},
		NotBefore: time.Now().Add(-skew), NotAfter: time.Now().Add(life),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if !r.From.IsZero() {
		t.NotBefore = r.From
	}
	if !r.Until.IsZero() {
		t.NotAfter = r.Until
	}
	for _, name := range r.Names {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
			continue
		}
		t.DNSNames = append(t.DNSNames, name)
	}
	return t
}

// serial is a number that no other certificate has: 128 random bits.
func serial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}

// replace writes a file beside the one that lies there, and puts it in its place.
func replace(path, kind string, der []byte, mode os.FileMode) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(fresh, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
