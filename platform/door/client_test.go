package door_test

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

func TestAFrontThatCannotBe(t *testing.T) {
	t.Parallel()
	files := issue(t, authority(t), of("streamflow.example"))
	for name, c := range map[string]struct {
		front tlsfiles.Files
		want  string
	}{
		"a CA alone":          {tlsfiles.Files{CA: files.CA}, "SF_FRONT_TLS_CLIENT_CA_FILE is set"},
		"a certificate alone": {tlsfiles.Files{Cert: files.Cert}, "TLS for clients: expected a certificate and its key"},
		"no such file":        {tlsfiles.Files{Cert: files.Cert + ".none", Key: files.Key}, "no such file"},
	} {
		_, err := door.Open("gateway", door.Config{Front: c.front}, telemetry.Discard())
		require.ErrorContains(t, err, c.want, name)
	}
}

// TestTheFrontIsAnotherDoor looks at what clients see beside what the suite sees.
func TestTheFrontIsAnotherDoor(t *testing.T) {
	t.Parallel()
	suite, public := authority(t), authority(t)
	front := issue(t, public, of("streamflow.example"))
	front.CA = ""
	d := open(t, "gateway", door.Config{TLS: issue(t, suite, of("gateway")), Front: front})
	names := func(d *door.Door) []string {
		cfg, err := d.ForClients("h2").GetConfigForClient(&tls.ClientHelloInfo{})
		require.NoError(t, err)
		require.Equal(t, tls.NoClientCert, cfg.ClientAuth, "no browser asks its user for a certificate")
		return cfg.Certificates[0].Leaf.DNSNames
	}
	require.Equal(t, []string{"streamflow.example"}, names(d))
	require.NoError(t, d.Unfit(), "the front's names are for clients to judge")
	require.Equal(t, []string{"gateway"}, names(open(t, "gateway", door.Config{TLS: issue(t, suite, of("gateway"))})), "without one, its own")
	require.Nil(t, open(t, "gateway", door.Config{Secret: secret}).ForClients("h2"))
	require.NoError(t, d.Clients().Check(t.Context(), "/streamflow.orchestrator.v1.OrchestratorService/ListRuns"))
	require.NoError(t, d.Clients().CheckConnection(nil))
}

func TestClientsShowACertificateWhereTheyAreAskedForOne(t *testing.T) {
	t.Parallel()
	front := issue(t, authority(t), of("streamflow.example"))
	d := open(t, "gateway", door.Config{Front: front})
	cfg, err := d.ForClients("h2").GetConfigForClient(&tls.ClientHelloInfo{})
	require.NoError(t, err)
	require.Equal(t, tls.VerifyClientCertIfGiven, cfg.ClientAuth, "one of another CA does not get in at all")
	require.NotNil(t, cfg.ClientCAs)
	for name, err := range map[string]error{
		"gRPC": d.Clients().Check(t.Context(), "/streamflow.orchestrator.v1.OrchestratorService/ListRuns"), "reflection": d.Clients().Check(t.Context(), "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
		"plain": d.Clients().CheckConnection(nil), "none shown": d.Clients().CheckConnection(&tls.ConnectionState{}),
	} {
		require.True(t, problem.Is(err, problem.Unauthenticated), "%s: %v", name, err)
		require.ErrorContains(t, err, "SF_FRONT_TLS_CLIENT_CA_FILE", name)
	}
	require.NoError(t, d.Clients().Check(t.Context(), "/grpc.health.v1.Health/Check"), "whoever looks whether it lives has none")
}
