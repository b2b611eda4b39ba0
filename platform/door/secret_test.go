package door_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func TestWhoSendsTheSecretIsLetIn(t *testing.T) {
	t.Parallel()
	svc, address := serve(t, open(t, "ingest", door.Config{Secret: secret}))
	orchestrator := dial(t, address, open(t, "orchestrator", door.Config{SecretFile: secretFile(t, secret+"\n")}).Call("ingest")...)
	gateway := dial(t, address, open(t, "gateway", door.Config{Secret: secret}).Call("ingest")...)

	require.NoError(t, read(t.Context(), orchestrator))
	require.NoError(t, stage(t.Context(), orchestrator))
	require.NoError(t, read(t.Context(), gateway))
	require.EqualValues(t, 3, svc.reached.Load())

	err := stage(t.Context(), gateway)
	require.True(t, problem.Is(err, problem.PeerNotAllowed), "%v", err)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	require.ErrorContains(t, err, "streamflow.ingest.v1.IngestService/Stage of the ingest service is called by orchestrator alone, and this caller is gateway")
	require.EqualValues(t, 3, svc.reached.Load())
}

// sends is the context of a call with metadata of the test's own.
func sends(ctx context.Context, pairs ...string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

func TestWhoDoesNotKnowTheSecretReachesNothing(t *testing.T) {
	t.Parallel()
	svc, address := serve(t, open(t, "ingest", door.Config{Secret: secret}))
	conn := dial(t, address)
	for name, sent := range map[string][]string{
		"nothing":                nil,
		"a name alone":           {door.NameKey, "orchestrator"},
		"an empty one":           {door.NameKey, "orchestrator", door.SecretKey, ""},
		"another":                {door.NameKey, "orchestrator", door.SecretKey, another},
		"a part of it":           {door.NameKey, "orchestrator", door.SecretKey, secret[:31]},
		"more than it":           {door.NameKey, "orchestrator", door.SecretKey, secret + "0"},
		"in capitals":            {door.NameKey, "orchestrator", door.SecretKey, strings.ToUpper(secret)},
		"two, one of them right": {door.NameKey, "orchestrator", door.SecretKey, another, door.SecretKey, secret},
		"under another key":      {door.NameKey, "orchestrator", "authorization", "Bearer " + secret},
	} {
		ctx := sends(t.Context(), sent...)
		for _, err := range []error{read(ctx, conn), stage(ctx, conn)} {
			require.True(t, problem.Is(err, problem.PeerUnknown), "%s: %v", name, err)
			require.Equal(t, codes.Unauthenticated, status.Code(err), name)
			require.ErrorContains(t, err, "SF_PEER_SECRET_FILE", "%s: what to set", name)
			require.NotContains(t, err.Error(), secret[:8], name)
		}
	}
	for name, sent := range map[string][]string{
		"no name":          {door.SecretKey, secret},
		"a service's":      {door.NameKey, "quality", door.SecretKey, secret},
		"two":              {door.NameKey, "gateway", door.NameKey, "orchestrator", door.SecretKey, secret},
		"in other letters": {door.NameKey, "Orchestrator", door.SecretKey, secret},
	} {
		err := read(sends(t.Context(), sent...), conn)
		require.True(t, problem.Is(err, problem.PeerNotAllowed), "%s: %v", name, err)
	}
	require.Zero(t, svc.reached.Load())
}

func TestHealthAnswersWithoutTheSecretAndNotWithAWrongOne(t *testing.T) {
	t.Parallel()
	_, address := serve(t, open(t, "ingest", door.Config{Secret: secret}))
	conn := dial(t, address)
	health := healthv1.NewHealthClient(conn)

	r, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, r.GetStatus())

	wrong := healthv1.NewHealthClient(dial(t, address, open(t, "gateway", door.Config{Secret: another}).Call("ingest")...))
	_, err = wrong.Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.True(t, problem.Is(err, problem.PeerUnknown), "a gateway with another secret is not ready: %v", err)

	listed := func(ctx context.Context) error {
		stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
		require.NoError(t, err)
		require.NoError(t, stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}))
		_, err = stream.Recv()
		return err
	}
	require.True(t, problem.Is(listed(t.Context()), problem.PeerUnknown), "what there is to call is told to nobody")
	require.NoError(t, listed(sends(t.Context(), door.SecretKey, secret)))
}

// TestARequestIsNotReadBeforeItsCallerIsKnown sends the whole of a message's room.
func TestARequestIsNotReadBeforeItsCallerIsKnown(t *testing.T) {
	t.Parallel()
	svc, address := serve(t, open(t, "ingest", door.Config{Secret: secret}))
	client := ingestv1.NewIngestServiceClient(dial(t, address))
	_, err := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_" + strings.Repeat("x", 7<<20)})
	require.True(t, problem.Is(err, problem.PeerUnknown), "%v", err)
	_, err = client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{})
	require.True(t, problem.Is(err, problem.PeerUnknown), "its rules are told to nobody: %v", err)
	require.Zero(t, svc.reached.Load())
}

func TestTheSecretIsChangedWhileCallsGoOn(t *testing.T) {
	t.Parallel()
	theirs, ours := secretFile(t, secret), secretFile(t, secret)
	_, address := serve(t, open(t, "ingest", door.Config{SecretFile: theirs}))
	caller := dial(t, address, open(t, "gateway", door.Config{SecretFile: ours}).Call("ingest")...)
	require.NoError(t, read(t.Context(), caller))
	fresh := dial(t, address, open(t, "gateway", door.Config{Secret: another}).Call("ingest")...)
	require.Error(t, read(t.Context(), fresh))

	replace(t, theirs, another+"\n"+secret+"\n") // docs/guides/rotate-passwords.md
	require.Eventually(t, func() bool { return read(t.Context(), fresh) == nil }, time.Minute, 20*time.Millisecond)
	require.NoError(t, read(t.Context(), caller), "who has the old one is let in still")
	replace(t, ours, another+"\n"+secret+"\n")
	replace(t, theirs, another+"\n")
	require.Eventually(t, func() bool { return read(t.Context(), caller) == nil }, time.Minute, 20*time.Millisecond)
	old := dial(t, address, open(t, "gateway", door.Config{Secret: secret}).Call("ingest")...)
	require.Eventually(t, func() bool { return read(t.Context(), old) != nil }, time.Minute, 20*time.Millisecond)
}

func TestADoorThatCannotBeMadeIsNone(t *testing.T) {
	t.Parallel()
	cert := issue(t, authority(t), of("ingest"))
	for name, c := range map[string]struct {
		cfg  door.Config
		want string
	}{
		"two secrets":         {door.Config{Secret: secret, SecretFile: secretFile(t, secret)}, "want one of them"},
		"a short one":         {door.Config{Secret: "changeme"}, "at least 32 characters"},
		"a file that is none": {door.Config{SecretFile: "/nowhere/peer"}, "/nowhere/peer"},
		"a key alone":         {door.Config{TLS: tlsfiles.Files{Key: cert.Key, CA: cert.CA}}, "SF_TLS_CERT_FILE"},
		"a CA alone":          {door.Config{TLS: tlsfiles.Files{CA: cert.CA}}, "SF_TLS_CERT_FILE"},
		"no key":              {door.Config{TLS: tlsfiles.Files{Cert: cert.Cert, CA: cert.CA}}, "found one of them alone"},
	} {
		_, err := door.Open("ingest", c.cfg, telemetry.Discard())
		require.ErrorContains(t, err, c.want, name)
	}
	require.False(t, open(t, "ingest", door.Config{}).Asks())
	require.False(t, (*door.Door)(nil).Asks())
	require.Empty(t, (*door.Door)(nil).Call("ingest"))
	require.NoError(t, (*door.Door)(nil).Check(t.Context(), "/x/y"))
	require.False(t, open(t, "ingest", door.Config{TLS: tlsfiles.Files{Cert: cert.Cert, Key: cert.Key}}).Asks(), "without a CA nobody is asked")
}

func TestWhatIsReachedFromThisMachineAlone(t *testing.T) {
	t.Parallel()
	for address, local := range map[string]bool{
		"127.0.0.1": true, "127.1.2.3": true, "::1": true, "0.0.0.0": false, "::": false, "10.0.0.1": false, "192.168.1.4": false,
	} {
		require.Equal(t, local, door.Local(&net.TCPAddr{IP: net.ParseIP(address), Port: 7101}), address)
	}
	require.False(t, door.Local(&net.TCPAddr{Port: 7101}), "no address is every address")
	require.True(t, door.Local(&net.UnixAddr{Name: "/run/ingest"}))
}
