package devsuite_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// TestASuiteSpeaksTLSByACAOfItsOwn at both ports, and says beside the token whose word is to be
// taken for it.
func TestASuiteSpeaksTLSByACAOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	cfg := asking(dir)
	cfg.TLS = true
	s := start(t, cfg)
	token, at, err := devsuite.ReadAccess(dir)
	require.NoError(t, err)
	require.Equal(t, devsuite.CAFile(dir), at.CA)
	require.Equal(t, s.Page(), at.Page)
	require.Regexp(t, `^https://sf-[a-z0-9]{10}\.localhost:\d+$`, at.Page, "its cookie is for no other port's name")
	for path, mode := range map[string]os.FileMode{"access/tls/tls.key": 0o600, "access": 0o700} {
		info, err := os.Stat(dir + "/" + path)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), path)
	}
	text, err := os.ReadFile(at.CA)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	cfgTLS := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}

	conn, err := grpcserver.Dial(at.Server, grpc.WithTransportCredentials(credentials.NewTLS(cfgTLS)), bearer.Call(token))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	me, err := orchestratorv1.NewOrchestratorServiceClient(conn).WhoAmI(t.Context(), &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.Equal(t, "ana@desk", me.GetIdentity().GetName())
	_, err = who(t, at.Server, token)
	require.Error(t, err, "nobody speaks with it in the open")

	link, err := s.Link(t.Context())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(link, at.Page+"/login?token="), link)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: cfgTLS}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, regexp.MustCompile(`//[^:]+:`).ReplaceAllString(link, "//localhost:"), nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.True(t, resp.Cookies()[0].Secure)
	require.Contains(t, resp.TLS.PeerCertificates[0].DNSNames, strings.Split(strings.TrimPrefix(at.Page, "https://"), ":")[0])
}

func TestWhatASuiteDoesNotSpeakIsNotSaid(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	require.NoError(t, os.Mkdir(dir+"/access", 0o700))
	require.NoError(t, os.WriteFile(dir+"/access/gateway.json", []byte(`{"server": "127.0.0.1:7100", "page": "x", "tls_ca": "/of/before"}`), 0o600))
	s := start(t, config(dir))
	at, err := devsuite.ReadPlace(devsuite.TokenFile(dir))
	require.NoError(t, err)
	require.Equal(t, devsuite.Place{Server: s.GRPCAddr(), Page: "http://" + s.HTTPAddr()}, at)
}
