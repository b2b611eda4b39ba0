package attack

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/peersecret"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/tlsfiles"
	"github.com/streamflow/streamflow/platform/whocalls"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// rpc is one that a service behind the gateway answers.
type rpc struct {
	service string // as in ingest
	full    string // as in /streamflow.ingest.v1.IngestService/Stage
}

// rpcs are all of them, out of the protos.
func rpcs(t *testing.T) []rpc {
	t.Helper()
	var all []rpc
	for _, service := range []string{cluster.Ingest, cluster.Quality, cluster.Snapshot, cluster.Orchestrator} {
		name := "streamflow." + service + ".v1." + strings.ToUpper(service[:1]) + service[1:] + "Service"
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		require.NoError(t, err)
		described, ok := d.(protoreflect.ServiceDescriptor)
		require.True(t, ok)
		methods := described.Methods()
		for i := range methods.Len() {
			all = append(all, rpc{service, fmt.Sprintf("/%s/%s", name, methods.Get(i).Name())})
		}
	}
	require.Greater(t, len(all), 50)
	return all
}

// call sends an empty request, as a stream, which any RPC is to who sends it, and reads.
func call(ctx context.Context, conn *grpc.ClientConn, method string) error {
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	_ = stream.SendMsg(&emptypb.Empty{}) // an error of sending is told by receiving
	_ = stream.CloseSend()
	return stream.RecvMsg(&emptypb.Empty{})
}

// burglar is one way to call a service that one does not belong to.
type burglar struct {
	name  string
	reach func(service string) (*grpc.ClientConn, error)
	sends []string
	// refused says how a service answers; nil where it does not even talk.
	refused func(rpc) problem.Reason
	spared  func(rpc) bool // what this one may call
}

func always(r problem.Reason) func(rpc) problem.Reason { return func(rpc) problem.Reason { return r } }

// TestNoRPCIsReachedByWhoIsNoneOfTheSuite calls every RPC of every service in every wrong
// way, with TLS and the secret both.
func TestNoRPCIsReachedByWhoIsNoneOfTheSuite(t *testing.T) {
	s := setup(t, func(c *cluster.Config) { c.TLS = true })
	all, attacks := rpcs(t), 0
	for _, b := range burglars(t, s) {
		for _, r := range all {
			if b.spared != nil && b.spared(r) {
				continue
			}
			conn, err := b.reach(r.service)
			require.NoError(t, err)
			err = call(metadata.AppendToOutgoingContext(t.Context(), b.sends...), conn, r.full)
			attacks++
			if b.refused == nil {
				require.Equal(t, codes.Unavailable, status.Code(err), "%s: %s: %v", b.name, r.full, err)
				continue
			}
			require.True(t, problem.Is(err, b.refused(r)), "%s: %s: %v", b.name, r.full, err)
		}
	}
	t.Logf("attacks: %d", attacks)
	started, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: "2024-01-31", Source: filepath.Join(ground.Data, "month_000"), RequestedBy: "ana",
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		got, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: started.GetRun().GetId()})
		return err == nil && got.GetRun().GetState() == orchestratorv1.RunState_RUN_STATE_SUCCEEDED
	}, 2*time.Minute, 50*time.Millisecond, "and who belongs to it goes on")
}

func burglars(t *testing.T, s *suite) []burglar {
	t.Helper()
	stranger, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, stranger.Issue(dir, ownca.Request{Names: []string{"orchestrator", "gateway"}}))
	theirs := tlsfiles.Files{Cert: filepath.Join(dir, ownca.CertFile), Key: filepath.Join(dir, ownca.KeyFile), CA: s.Door(cluster.Gateway).TLS.CA}

	// as calls with a door of one's own, every service over one connection.
	as := func(name string, cfg door.Config) func(string) (*grpc.ClientConn, error) {
		d, err := door.Open(name, cfg, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		return once(t, func(service string) []grpc.DialOption { return d.Call(service) }, s)
	}
	both := func(of string) door.Config { return s.Door(of) }
	certificate := func(of string) door.Config { return door.Config{TLS: s.Door(of).TLS} }
	wrong := certificate(cluster.Orchestrator)
	wrong.Secret = peersecret.New()
	shown, err := tlsfiles.Open(tlsfiles.Files{CA: theirs.CA}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	none := once(t, func(service string) []grpc.DialOption {
		return []grpc.DialOption{grpc.WithTransportCredentials(shown.ClientCredentials(service))}
	}, s)
	notGateways := func(r rpc) bool { return whocalls.Of(r.full).Include(whocalls.Gateway) }
	return []burglar{
		{name: "in the open", reach: once(t, func(string) []grpc.DialOption { return nil }, s)},
		{name: "a certificate of another CA", reach: as("orchestrator", door.Config{TLS: theirs})},
		{name: "nothing", reach: none, refused: always(problem.PeerUnknown)},
		{name: "a name", reach: none, sends: []string{door.NameKey, "orchestrator"}, refused: always(problem.PeerUnknown)},
		{name: "a guess", reach: none, sends: []string{door.NameKey, "orchestrator", door.SecretKey, strings.Repeat("0", 64)}, refused: always(problem.PeerUnknown)},
		{name: "a certificate, no secret", reach: as("orchestrator", certificate(cluster.Orchestrator)), refused: always(problem.PeerUnknown)},
		{name: "a certificate, another secret", reach: as("orchestrator", wrong), refused: always(problem.PeerUnknown)},
		{name: "a service that calls nobody", reach: as("orchestrator", both(cluster.Quality)), refused: always(problem.PeerNotAllowed)},
		{name: "the gateway, for a step", reach: as("orchestrator", both(cluster.Gateway)), refused: always(problem.PeerNotAllowed), spared: notGateways},
	}
}

// once connects to each service once, and tries a call once.
func once(t *testing.T, options func(service string) []grpc.DialOption, s *suite) func(string) (*grpc.ClientConn, error) {
	t.Helper()
	conns := map[string]*grpc.ClientConn{}
	return func(service string) (*grpc.ClientConn, error) {
		if conns[service] != nil {
			return conns[service], nil
		}
		conn, err := grpcserver.Dial(s.Address(service), append(slices.Clone(options(service)), grpc.WithDisableRetry())...)
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			conns[service] = conn
		}
		return conn, err
	}
}
