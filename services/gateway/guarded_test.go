package gateway_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
)

// guarded is a gateway that asks for tokens, and the people that its orchestrator knows.
type guarded struct {
	running
	mu     sync.Mutex
	people map[string]*identity.Identity // by hash
}

func startGuarded(t *testing.T) *guarded {
	t.Helper()
	return guardedBy(t, func(*gateway.Config) {})
}

// guardedBy is startGuarded with other settings.
func guardedBy(t *testing.T, change func(*gateway.Config)) *guarded {
	t.Helper()
	g := &guarded{people: map[string]*identity.Identity{}}
	g.running = start(t, func(c *gateway.Config) { c.Auth = "tokens" }, change)
	g.suite.On("OrchestratorService/Identify", func(_ context.Context, req proto.Message) (proto.Message, error) {
		asked, _ := req.(*orchestratorv1.IdentifyRequest)
		g.mu.Lock()
		defer g.mu.Unlock()
		who := g.people[string(asked.GetHash())]
		if who == nil {
			return nil, problem.New(problem.Unauthenticated, "the token is not known")
		}
		return &orchestratorv1.IdentifyResponse{Identity: who.Proto()}, nil
	})
	return g
}

// knows makes a token of somebody.
func (g *guarded) knows(who *identity.Identity) string {
	secret := bearer.New(bearer.Token)
	g.mu.Lock()
	defer g.mu.Unlock()
	if who.Name == "" {
		who.Name = "ann"
	}
	who.Token = "tok_" + who.Name
	g.people[string(bearer.Hash(secret))] = who
	return secret
}

func (g *guarded) role(r identity.Role) string {
	return g.knows(&identity.Identity{Role: r, All: true, Name: string(r)})
}

// dial connects to the gateway with a token; without one where it is empty.
func (g *guarded) dial(t *testing.T, token string) *grpc.ClientConn {
	t.Helper()
	var opts []grpc.DialOption
	if token != "" {
		opts = append(opts, bearer.Call(token))
	}
	conn, err := grpcserver.Dial(g.grpc, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// reached are the calls that came to the services, without those of the gateway's own.
func (g *guarded) reached() (methods []string) {
	for _, c := range g.suite.Calls() {
		if c.Method != "OrchestratorService/Identify" {
			methods = append(methods, c.Method)
		}
	}
	return methods
}

// services are the contracts that the gateway serves.
var services = []string{
	"streamflow.orchestrator.v1.OrchestratorService", "streamflow.ingest.v1.IngestService",
	"streamflow.quality.v1.QualityService", "streamflow.snapshot.v1.SnapshotService",
}

// eachRPC calls a function with every RPC of every contract.
func eachRPC(t *testing.T, do func(name string, m protoreflect.MethodDescriptor)) {
	t.Helper()
	for _, service := range services {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
		require.NoError(t, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			do(string(m.Parent().Name())+"/"+string(m.Name()), m)
		}
	}
}

// call makes a call of any RPC with a request that its rules let through, as far as a text
// for every text makes one.
func call(ctx context.Context, t *testing.T, conn *grpc.ClientConn, m protoreflect.MethodDescriptor, change ...func(*dynamicpb.Message)) error {
	t.Helper()
	full := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	req, resp := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
	for _, c := range change {
		c(req)
	}
	if !m.IsStreamingServer() {
		return conn.Invoke(ctx, full, req, resp)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, full)
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(req))
	require.NoError(t, stream.CloseSend())
	return stream.RecvMsg(resp)
}
