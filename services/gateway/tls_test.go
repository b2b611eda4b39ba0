package gateway_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// TestBothPortsSpeakTLS13 also without a service behind that does: those are in the open
// here, and the gateway does not call them so.
func TestBothPortsSpeakTLS13(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"gateway", "localhost", "127.0.0.1"}}))
	text, err := os.ReadFile(filepath.Join(dir, ownca.CAFile))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	r := startBehind(t, door.Config{TLS: tlsfiles.Files{
		Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: filepath.Join(dir, ownca.CAFile),
	}})
	port := strings.TrimPrefix(r.http, "http://")

	get := func(cfg *tls.Config, url string) (*http.Response, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: true}}
		defer client.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		return client.Do(req)
	}
	resp, err := get(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}, "https://"+port+"/livez")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "live\n", string(body))
	require.EqualValues(t, tls.VersionTLS13, resp.TLS.Version)
	require.Equal(t, "HTTP/1.1", resp.Proto)

	_, err = get(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}, "https://"+port+"/livez")
	require.ErrorContains(t, err, "protocol version")
	_, err = get(&tls.Config{MinVersion: tls.VersionTLS13}, "https://"+port+"/livez")
	require.ErrorContains(t, err, "unknown authority")
	resp, err = get(nil, "http://"+port+"/livez")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusBadRequest, resp.StatusCode, "in the open nothing is said but that")

	conn, err := grpcserver.Dial(r.grpc, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13})))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	live, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{Service: grpcserver.LivenessService})
	require.NoError(t, err, "a client shows no certificate")
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, live.GetStatus())
	ready, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, ready.GetStatus(), "who answers in its services' places is none of them")
}
