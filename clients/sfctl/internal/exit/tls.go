package exit

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// tlsAnswer bounds the question whether a server speaks TLS: it was reached just before.
const tlsAnswer = 2 * time.Second

// overTLS reads a connection that failed because one side speaks TLS and the other does
// not, or because one does not take the other's certificate; false where it was not that.
func overTLS(f *Failure, said, server string) bool {
	switch {
	case strings.Contains(said, "first record does not look like a TLS handshake"):
		f.Message = server + " does not speak TLS"
		f.Action = "Call it without https:// and --tls-ca (SFCTL_TLS_CA); or is it another port?"
	case strings.Contains(said, "x509: "):
		f.Message = "the certificate of " + server + " is not taken: " + said[strings.Index(said, "x509: ")+len("x509: "):]
		f.Message = strings.TrimRight(f.Message, `"`)
		f.Action = "Give the CA that it is of with --tls-ca (SFCTL_TLS_CA), and the name that it holds with --server."
	case strings.Contains(said, "tls: "):
		f.Message = server + " refuses to speak TLS with what it was shown: " + dialCause(said)
		f.Action = "Give a certificate that it takes with --tls-cert and --tls-key, or none."
	case spoke(said) && speaksTLS(server):
		f.Message = server + " speaks TLS, and was called without"
		f.Action = "Call it as https://" + server + ", with the CA of its certificate: --tls-ca FILE (SFCTL_TLS_CA)."
	default:
		return false
	}
	return true
}

// spoke says whether somebody took the call and said what is no gRPC, or nothing.
func spoke(said string) bool {
	for _, sign := range []string{"server preface", "frame too large", "EOF", "reset by peer", "broken pipe", "HTTP/1"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}

// speaksTLS asks a server whether it speaks TLS. Whose certificate it shows does not
// matter: nothing is said to it.
func speaksTLS(server string) bool {
	if _, _, err := net.SplitHostPort(server); err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), tlsAnswer)
	defer cancel()
	dialer := &tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true, NextProtos: []string{"h2"}}} //nolint:gosec // G402: see above
	conn, err := dialer.DialContext(ctx, "tcp", server)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
