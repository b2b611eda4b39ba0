package exit_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// issue makes a certificate of a new CA.
func issue(t *testing.T, r ownca.Request) tlsfiles.Files {
	t.Helper()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, r))
	return tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: filepath.Join(dir, ownca.CAFile)}
}

func certificates(t *testing.T, files tlsfiles.Files) *tlsfiles.Certificates {
	t.Helper()
	c, err := tlsfiles.Open(files, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return c
}

// listen serves no RPC at all, with options of the test's own.
func listen(t *testing.T, opts ...grpc.ServerOption) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := grpc.NewServer(opts...)
	go func() { _ = srv.Serve(lis) }()
	t.Cleanup(srv.Stop)
	return lis.Addr().String()
}

// ended is how a call ends.
func ended(t *testing.T, address string, opts ...grpc.DialOption) *exit.Failure {
	t.Helper()
	conn, err := grpcserver.Dial(address, append(opts, grpc.WithDisableRetry())...)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(context.Background(), &orchestratorv1.GetRunRequest{Run: "run_1"})
	return exit.Of(err, address)
}

func TestWhatIsWrongWithTLSIsSaid(t *testing.T) {
	t.Parallel()
	good := issue(t, ownca.Request{Names: []string{"127.0.0.1"}})
	over := func(files tlsfiles.Files) grpc.DialOption {
		return grpc.WithTransportCredentials(certificates(t, files).ClientCredentials(""))
	}
	secure := listen(t, grpc.Creds(certificates(t, good).ServerCredentials()))
	named := issue(t, ownca.Request{Names: []string{"gateway"}})
	old := issue(t, ownca.Request{Names: []string{"127.0.0.1"}, From: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour)})
	pair, err := tls.LoadX509KeyPair(good.Cert, good.Key)
	require.NoError(t, err)
	asking := listen(t, grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert})))
	for name, c := range map[string]struct {
		address         string
		with            []grpc.DialOption
		message, action string
	}{
		"a plain call":         {secure, nil, secure + " speaks TLS, and was called without", "https://" + secure},
		"a plain port":         {listen(t), []grpc.DialOption{over(tlsfiles.Files{CA: good.CA})}, "does not speak TLS", "without https://"},
		"another CA":           {secure, []grpc.DialOption{over(tlsfiles.Files{CA: named.CA})}, "the certificate of " + secure + " is not taken: certificate signed by unknown authority", "--tls-ca"},
		"another name":         {listen(t, grpc.Creds(certificates(t, named).ServerCredentials())), []grpc.DialOption{over(tlsfiles.Files{CA: named.CA})}, "is not taken: cannot validate certificate for 127.0.0.1", "the name that it holds with --server"},
		"an old one":           {listen(t, grpc.Creds(certificates(t, old).ServerCredentials())), []grpc.DialOption{over(tlsfiles.Files{CA: old.CA})}, "certificate has expired or is not yet valid", "--tls-ca"},
		"no certificate shown": {asking, []grpc.DialOption{over(tlsfiles.Files{CA: good.CA})}, "refuses to speak TLS with what it was shown: certificate required", "--tls-cert"},
	} {
		f := ended(t, c.address, c.with...)
		// In TLS 1.3 a client has shaken hands before the server looks at its certificate: where
		// it writes on before it has read the alert, all it learns is a broken connection.
		for range 100 {
			if c.address != asking || strings.Contains(f.Message, c.message) {
				break
			}
			f = ended(t, c.address, c.with...)
		}
		require.Equal(t, problem.ExitUnavailable, f.Code, name)
		require.Contains(t, f.Message, c.message, name)
		require.Contains(t, f.Action, c.action, name)
	}
}
