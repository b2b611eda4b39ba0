package command_test

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// behindTLS lets a gateway be called over TLS alone, by a certificate for 127.0.0.1.
func behindTLS(t *testing.T, g *gatewaytest.Gateway) (server, dir string) {
	t.Helper()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir = t.TempDir()
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"127.0.0.1"}}))
	certs, err := tlsfiles.Open(tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile)}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = lis.Close() })
	go func() {
		secure := tls.NewListener(lis, certs.Server("h2"))
		for {
			conn, err := secure.Accept()
			if err != nil {
				return
			}
			go through(conn, g.Address())
		}
	}()
	return lis.Addr().String(), dir
}

// through passes on what is said on a connection, until either side ends it.
func through(conn net.Conn, address string) {
	defer func() { _ = conn.Close() }()
	behind, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = behind.Close() }()
	go func() { _, _ = io.Copy(behind, conn); _ = behind.Close() }()
	_, _ = io.Copy(conn, behind)
}

func TestAGatewayIsCalledOverTLS(t *testing.T) {
	t.Parallel()
	server, dir := behindTLS(t, gatewaytest.Start(t, &gatewaytest.Gateway{}))
	ca := filepath.Join(dir, ownca.CAFile)
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"a flag":                   {map[string]string{"SFCTL_SERVER": server}, []string{"--tls-ca", ca}},
		"an address":               {nil, []string{"--server", "https://" + server, "--tls-ca", ca}},
		"the environment":          {map[string]string{"SFCTL_SERVER": "https://" + server, "SFCTL_TLS_CA": ca}, nil},
		"a certificate of its own": {map[string]string{"SFCTL_SERVER": server, "SFCTL_TLS_CA": ca, "SFCTL_TLS_CERT": filepath.Join(dir, ownca.CertFile), "SFCTL_TLS_KEY": filepath.Join(dir, ownca.KeyFile)}, nil},
	} {
		r := sfctl(c.env, append([]string{"run", "list"}, c.args...)...)
		require.Zero(t, r.code, "%s: %s", name, r.err)
	}

	r := sfctl(map[string]string{"SFCTL_SERVER": server}, "run", "list")
	require.Equal(t, problem.ExitUnavailable, r.code)
	require.Contains(t, r.err, server+" speaks TLS, and was called without")
	require.Contains(t, r.err, "--tls-ca FILE")
	r = sfctl(map[string]string{"SFCTL_SERVER": "https://" + server}, "run", "list")
	require.Equal(t, problem.ExitUnavailable, r.code)
	require.Contains(t, r.err, "certificate signed by unknown authority", "the system's CAs do not know it")
	for _, args := range [][]string{{"--tls-ca", filepath.Join(dir, "none")}, {"--tls-cert", filepath.Join(dir, ownca.CertFile)}} {
		r = sfctl(map[string]string{"SFCTL_SERVER": server}, append([]string{"run", "list"}, args...)...)
		require.Equal(t, problem.ExitUsage, r.code, r.err)
		require.Contains(t, r.err, "--tls-ca, --tls-cert, --tls-key")
	}
}
