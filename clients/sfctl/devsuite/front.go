package devsuite

import (
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// tlsFolder is where the certificate that clients are answered with lies, beside the token.
const tlsFolder = "tls"

// CAFile is the file in a data folder that holds the certificate of the CA of a suite that
// speaks TLS.
func CAFile(dataDir string) string {
	return filepath.Join(dataDir, accessFolder, tlsFolder, ownca.CAFile)
}

// makeFront has a certificate for clients where the suite speaks TLS: of a CA that is made on
// the spot, whose key nobody keeps, so that each start has another.
func (s *Suite) makeFront() error {
	if !s.cfg.TLS {
		return nil
	}
	if s.cfg.DataDir == "" {
		return errors.New("TLS: a data folder is needed, in which the certificates lie")
	}
	s.pageName = "sf-" + strings.ToLower(rand.Text()[:10]) + ".localhost"
	ca, err := ownca.New()
	if err != nil {
		return err
	}
	dir, err := s.accessDir()
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, tlsFolder)
	s.front = door.Config{Front: tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile)}}
	return ca.Issue(dir, ownca.Request{Names: s.names()})
}

// names are those that clients may call the suite by.
func (s *Suite) names() []string {
	all := append([]string{"localhost", s.pageName, "127.0.0.1", "::1"}, s.cfg.AllowedHosts...)
	for _, address := range []string{s.cfg.GRPCListen, s.cfg.HTTPListen} {
		host, _, err := net.SplitHostPort(address)
		ip := net.ParseIP(host)
		switch {
		case err != nil || host == "" || ip != nil && ip.IsUnspecified():
			if name, err := os.Hostname(); err == nil {
				all = append(all, name)
			}
		default:
			all = append(all, host)
		}
	}
	return all
}

// Page is where the page and REST are, without a slash at the end.
func (s *Suite) Page() string {
	at := Callable(s.HTTPAddr())
	if !s.cfg.TLS {
		return "http://" + at
	}
	// The cookie that a link gets is for this name alone, which the certificate holds.
	if host, port, err := net.SplitHostPort(at); err == nil && net.ParseIP(host).IsLoopback() {
		at = net.JoinHostPort(s.pageName, port)
	}
	return "https://" + at
}
