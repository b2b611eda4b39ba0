package door_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

func TestWhoTheCertificateNamesIsLetIn(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	svc, address := serve(t, open(t, "ingest", door.Config{TLS: issue(t, ca, of("ingest"))}))
	caller := func(name string, names ...string) *grpc.ClientConn {
		return dial(t, address, open(t, name, door.Config{TLS: issue(t, ca, of(names...))}).Call("ingest")...)
	}
	require.NoError(t, stage(t.Context(), caller("orchestrator", "orchestrator", "orchestrator.streamflow.svc")))
	require.NoError(t, read(t.Context(), caller("orchestrator", "orchestrator")))
	require.NoError(t, read(t.Context(), caller("gateway", "gateway.streamflow.svc", "gateway")))
	require.EqualValues(t, 3, svc.reached.Load())

	for name, conn := range map[string]*grpc.ClientConn{
		"the gateway":             caller("gateway", "gateway"),
		"who says another name":   caller("orchestrator", "gateway"),
		"a service":               caller("quality", "quality"),
		"a longer name":           caller("orchestrator", "orchestrator.evil.example"),
		"every name":              caller("orchestrator", "*"),
		"an address":              caller("orchestrator", "127.0.0.1"),
		"a name in other letters": caller("orchestrator", "Orchestrator"),
	} {
		err := stage(sends(t.Context(), door.NameKey, "orchestrator"), conn)
		require.True(t, problem.Is(err, problem.PeerNotAllowed), "%s: %v", name, err)
	}
	require.EqualValues(t, 3, svc.reached.Load())
}

func TestACertificateThatIsNotTheSuitesReachesNothing(t *testing.T) {
	t.Parallel()
	ca, stranger := authority(t), authority(t)
	server := issue(t, ca, of("ingest"))
	svc, address := serve(t, open(t, "ingest", door.Config{TLS: server}))

	none := dial(t, address, grpc.WithTransportCredentials(credentials.NewTLS(clientConfig(t, tlsfiles.Files{CA: server.CA}))))
	for name, err := range map[string]error{"read": read(t.Context(), none), "stage": stage(t.Context(), none)} {
		require.True(t, problem.Is(err, problem.PeerUnknown), "%s: %v", name, err)
		require.ErrorContains(t, err, "SF_TLS_CERT_FILE", "what to set")
	}
	r, err := healthv1.NewHealthClient(none).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err, "health answers without one")
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, r.GetStatus())

	ended := ownca.Request{Names: []string{"orchestrator"}, From: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour)}
	later := ownca.Request{Names: []string{"orchestrator"}, From: time.Now().Add(time.Hour), Until: time.Now().Add(2 * time.Hour)}
	for name, files := range map[string]tlsfiles.Files{
		"of another CA": issue(t, stranger, of("orchestrator")), "expired": issue(t, ca, ended), "not yet": issue(t, ca, later),
	} {
		files.CA = server.CA // it takes the server's word all the same
		conn := dial(t, address, open(t, "orchestrator", door.Config{TLS: files}).Call("ingest")...)
		require.Error(t, stage(t.Context(), conn), name)
		require.Error(t, read(t.Context(), conn), name)
	}
	plain := dial(t, address)
	require.Error(t, read(t.Context(), plain), "in the open")
	require.Zero(t, svc.reached.Load())
}

func TestAServerThatIsNotTheOneIsNotCalled(t *testing.T) {
	t.Parallel()
	ca, stranger := authority(t), authority(t)
	caller := issue(t, ca, of("orchestrator"))
	for name, c := range map[string]struct {
		server tlsfiles.Files
		want   string
	}{
		"another service":     {issue(t, ca, of("quality", "127.0.0.1")), "certificate is valid for"},
		"of another CA":       {issue(t, stranger, of("ingest")), "certificate signed by unknown authority"},
		"expired":             {issue(t, ca, ownca.Request{Names: []string{"ingest"}, From: time.Now().Add(-2 * time.Hour), Until: time.Now().Add(-time.Hour)}), "expired"},
		"all below its name":  {issue(t, ca, of("*.ingest")), "certificate is valid for"},
		"a name that is more": {issue(t, ca, of("ingest.evil.example")), "certificate is valid for"},
	} {
		svc, address := serve(t, open(t, "ingest", door.Config{TLS: c.server}))
		conn := dial(t, address, open(t, "orchestrator", door.Config{TLS: caller, Secret: secret}).Call("ingest")...)
		require.ErrorContains(t, read(t.Context(), conn), c.want, name)
		require.Zero(t, svc.reached.Load(), name)
	}
}

func TestBothAreAskedForWhereBothAreSet(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	svc, address := serve(t, open(t, "ingest", door.Config{Secret: secret, TLS: issue(t, ca, of("ingest"))}))
	files := issue(t, ca, of("orchestrator"))
	both := dial(t, address, open(t, "orchestrator", door.Config{Secret: secret, TLS: files}).Call("ingest")...)
	require.NoError(t, stage(t.Context(), both))
	certificate := dial(t, address, open(t, "orchestrator", door.Config{TLS: files}).Call("ingest")...)
	require.True(t, problem.Is(stage(t.Context(), certificate), problem.PeerUnknown))
	known := dial(t, address, grpc.WithTransportCredentials(credentials.NewTLS(clientConfig(t, tlsfiles.Files{CA: files.CA}))))
	err := stage(sends(t.Context(), door.SecretKey, secret, door.NameKey, "orchestrator"), known)
	require.True(t, problem.Is(err, problem.PeerUnknown), "%v", err)
	require.EqualValues(t, 1, svc.reached.Load())
}

// clientConfig is how a program that is none of the suite calls.
func clientConfig(t *testing.T, files tlsfiles.Files) *tls.Config {
	t.Helper()
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool(t, files.CA), ServerName: "ingest", NextProtos: []string{"h2"}}
}

func TestTLS13IsTheLeast(t *testing.T) {
	t.Parallel()
	files := issue(t, authority(t), of("ingest"))
	_, address := serve(t, open(t, "ingest", door.Config{TLS: files}))
	handshake := func(most uint16) error {
		cfg := clientConfig(t, files)
		cfg.MaxVersion = most
		conn, err := (&tls.Dialer{Config: cfg}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	require.NoError(t, handshake(tls.VersionTLS13))
	require.ErrorContains(t, handshake(tls.VersionTLS12), "protocol version")

	// And a server of before is not called.
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	cert, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	require.NoError(t, err)
	old := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12})))
	go func() { _ = old.Serve(lis) }()
	t.Cleanup(old.Stop)
	conn := dial(t, lis.Addr().String(), open(t, "orchestrator", door.Config{TLS: files}).Call("ingest")...)
	require.ErrorContains(t, read(t.Context(), conn), "protocol version")
}

// TestCertificatesAreChangedWhileConnectionsStand changes them to those of another CA, by
// way of files that trust both, as a rotation of the CA goes.
func TestCertificatesAreChangedWhileConnectionsStand(t *testing.T) {
	t.Parallel()
	before, after := authority(t), authority(t)
	theirs := t.TempDir()
	require.NoError(t, before.Issue(theirs, of("ingest")))
	_, address := serve(t, open(t, "ingest", door.Config{TLS: filesIn(theirs)}))
	call := func(ca *ownca.CA) *grpc.ClientConn {
		return dial(t, address, open(t, "gateway", door.Config{TLS: issue(t, ca, of("gateway"))}).Call("ingest")...)
	}
	standing := call(before)
	require.NoError(t, read(t.Context(), standing))
	require.Error(t, read(t.Context(), call(after)))

	require.NoError(t, after.Issue(theirs, of("ingest")))
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return read(ctx, call(after)) == nil
	}, time.Minute, 50*time.Millisecond, "a connection that is made now goes by the new files")
	require.NoError(t, read(t.Context(), standing), "and one that stands, stands")
	require.Error(t, read(t.Context(), call(before)))
}
