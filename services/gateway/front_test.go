package gateway_test

import (
	"crypto/tls"
	"crypto/x509"
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
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// frontOf issues a certificate for clients, and returns how one calls that shows none.
func frontOf(t *testing.T, ca *ownca.CA) (files tlsfiles.Files, client *tls.Config) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"streamflow.example", "127.0.0.1"}}))
	files = tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: filepath.Join(dir, ownca.CAFile)}
	text, err := os.ReadFile(files.CA)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	return files, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}
}

// over asks both ports, and returns what they say.
func over(t *testing.T, r running, client *tls.Config, path string) (status int, rpc error) {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: client}}
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+strings.TrimPrefix(r.http, "http://")+path, nil)
	require.NoError(t, err)
	resp, err := c.Do(req)
	if err == nil {
		status = resp.StatusCode
		require.NoError(t, resp.Body.Close())
	}
	conn, err := grpcserver.Dial(r.grpc, grpc.WithTransportCredentials(credentials.NewTLS(client)))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, rpc = orchestratorv1.NewOrchestratorServiceClient(conn).ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	if path == "/livez" {
		_, rpc = healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{Service: grpcserver.LivenessService})
	}
	return status, rpc
}

// TestTheFrontCertificateIsNotThatOfTheServices has clients see a certificate of their own at
// both ports, while the services behind are spoken to in the open.
func TestTheFrontCertificateIsNotThatOfTheServices(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	files, client := frontOf(t, ca)
	files.CA = ""
	r := startBehind(t, door.Config{Front: files})
	r.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	status, rpc := over(t, r, client, "/v1/runs")
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, rpc)
	stranger, err := ownca.New()
	require.NoError(t, err)
	_, other := frontOf(t, stranger)
	status, rpc = over(t, r, other, "/v1/runs")
	require.Zero(t, status, "who trusts another CA does not speak with it")
	require.Error(t, rpc)
}

func TestClientsShowACertificateWhereTheFrontAsksForOne(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	files, none := frontOf(t, ca)
	r := startBehind(t, door.Config{Front: files})
	r.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	showing := func(ca *ownca.CA) *tls.Config {
		dir := t.TempDir()
		require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"ana"}}))
		cert, err := tls.LoadX509KeyPair(filepath.Join(dir, ownca.CertFile), filepath.Join(dir, ownca.KeyFile))
		require.NoError(t, err)
		cfg := none.Clone()
		cfg.Certificates = []tls.Certificate{cert}
		return cfg
	}
	status, rpc := over(t, r, none, "/v1/runs")
	require.Equal(t, http.StatusUnauthorized, status)
	require.True(t, problem.Is(rpc, problem.Unauthenticated), "%v", rpc)
	for _, path := range []string{"/openapi.json", "/login", "/"} {
		status, _ = over(t, r, none, path)
		require.Equal(t, http.StatusUnauthorized, status, path)
	}
	status, rpc = over(t, r, none, "/livez")
	require.Equal(t, http.StatusOK, status, "who looks whether it lives has none")
	require.NoError(t, rpc)

	status, rpc = over(t, r, showing(ca), "/v1/runs")
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, rpc)
	stranger, err := ownca.New()
	require.NoError(t, err)
	status, rpc = over(t, r, showing(stranger), "/livez")
	require.Zero(t, status, "one of another CA does not get in at all")
	require.Error(t, rpc)
}
