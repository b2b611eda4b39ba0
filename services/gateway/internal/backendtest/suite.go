// Package backendtest stands in for the services behind the gateway: real gRPC servers
// on loopback, with the platform's interceptors, whose answers a test gives.
package backendtest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/platform/audit/audittest"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
)

// Answer answers one unary call.
type Answer func(ctx context.Context, req proto.Message) (proto.Message, error)

// Watch answers a WatchRun.
type Watch func(ctx context.Context, req *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error

// Stream answers a call whose answer is a stream.
type Stream func(ctx context.Context, req proto.Message, send func(proto.Message) error) error

// Call is a call that a service received.
type Call struct {
	// Method is as in OrchestratorService/GetRun.
	Method string
	// RequestID is the x-request-id that came with it.
	RequestID string
	// Caller is who the gateway said that it came from; nil for nobody.
	Caller  *identity.Identity
	Request proto.Message
}

// Suite is the four services.
type Suite struct {
	// Addresses is where they answer.
	Addresses backend.Addresses
	// Audit is the audit log that the orchestrator keeps. Writing it is not among the calls.
	Audit *audittest.Log

	mu      sync.Mutex
	answers map[string]Answer
	watch   Watch
	streams map[string]Stream
	calls   []Call
	servers map[string]*server
}

type server struct {
	*grpcserver.Server
	stop func()
}

// New starts the services, ready, and stops them with the test.
func New(tb testing.TB) *Suite {
	tb.Helper()
	s := &Suite{Audit: &audittest.Log{}, answers: map[string]Answer{}, streams: map[string]Stream{}, servers: map[string]*server{}}
	s.Addresses = backend.Addresses{
		Ingest: s.start(tb, "ingest", func(r grpc.ServiceRegistrar) {
			ingestv1.RegisterIngestServiceServer(r, ingestv1.UnimplementedIngestServiceServer{})
		}),
		Quality: s.start(tb, "quality", func(r grpc.ServiceRegistrar) {
			qualityv1.RegisterQualityServiceServer(r, qualityv1.UnimplementedQualityServiceServer{})
		}),
		Snapshot: s.start(tb, "snapshot", func(r grpc.ServiceRegistrar) {
			snapshotv1.RegisterSnapshotServiceServer(r, snapshotv1.UnimplementedSnapshotServiceServer{})
		}),
		Orchestrator: s.start(tb, "orchestrator", func(r grpc.ServiceRegistrar) {
			orchestratorv1.RegisterOrchestratorServiceServer(r, orchestratorv1.UnimplementedOrchestratorServiceServer{})
		}),
	}
	return s
}

// Dial connects to the services, until the test ends.
func (s *Suite) Dial(tb testing.TB) *backend.Set {
	tb.Helper()
	set, err := backend.Dial(s.Addresses, nil, nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, set.Close()) })
	return set
}

// On gives the answer to a method, as in OrchestratorService/GetRun.
func (s *Suite) On(method string, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[method] = a
}

// Reply gives a method a fixed answer.
func (s *Suite) Reply(method string, m proto.Message) {
	s.On(method, func(context.Context, proto.Message) (proto.Message, error) { return m, nil })
}

// Fail gives a method a fixed error.
func (s *Suite) Fail(method string, err error) {
	s.On(method, func(context.Context, proto.Message) (proto.Message, error) { return nil, err })
}

// OnWatch gives the answer to WatchRun.
func (s *Suite) OnWatch(w Watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = w
}

// OnStream gives the answer to a method whose answer is a stream.
func (s *Suite) OnStream(method string, st Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streams[method] = st
}

// Calls returns what the services received, in order.
func (s *Suite) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// SetReady says whether a service is ready.
func (s *Suite) SetReady(name string, ready bool) { s.servers[name].SetReady(ready) }

// Stop stops a service at once.
func (s *Suite) Stop(name string) { s.servers[name].stop() }

func (s *Suite) start(tb testing.TB, name string, register func(grpc.ServiceRegistrar)) string {
	tb.Helper()
	srv, err := grpcserver.New(telemetry.Discard(),
		grpc.ChainUnaryInterceptor(s.unary), grpc.ChainStreamInterceptor(s.stream))
	require.NoError(tb, err)
	register(srv)
	srv.SetReady(true)
	var lc net.ListenConfig
	lis, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Server.Serve(lis) }() // Stop ends it
	stop := sync.OnceFunc(func() { srv.Stop(); <-done })
	tb.Cleanup(stop)
	s.servers[name] = &server{srv, stop}
	return lis.Addr().String()
}

func (s *Suite) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	method := short(info.FullMethod)
	if strings.HasPrefix(method, "Health/") {
		return next(ctx, req)
	}
	m, _ := req.(proto.Message)
	s.mu.Lock()
	a, ok := s.answers[method]
	s.mu.Unlock()
	if keeps := s.keeps(method); keeps != nil {
		if ok {
			keeps = a
		}
		return keeps(ctx, m)
	}
	s.received(ctx, method, m)
	if !ok {
		return nil, problem.New(problem.Internal, "the test gives no answer to %s", method)
	}
	return a(ctx, m)
}

func (s *Suite) stream(_ any, ss grpc.ServerStream, info *grpc.StreamServerInfo, _ grpc.StreamHandler) error {
	method := short(info.FullMethod)
	s.mu.Lock()
	w, st := s.watch, s.streams[method]
	s.mu.Unlock()
	if st != nil {
		return s.answer(ss, info.FullMethod, st)
	}
	if method != "OrchestratorService/WatchRun" || w == nil {
		return problem.New(problem.Internal, "the test gives no answer to %s", method)
	}
	req := &orchestratorv1.WatchRunRequest{}
	if err := ss.RecvMsg(req); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	s.received(ss.Context(), method, req)
	return w(ss.Context(), req, func(e *orchestratorv1.Event) error {
		return ss.SendMsg(&orchestratorv1.WatchRunResponse{Event: e})
	})
}

// answer receives the request of a stream, and answers it.
func (s *Suite) answer(ss grpc.ServerStream, full string, st Stream) error {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(full, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return err
	}
	method, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return fmt.Errorf("%s is no method", name)
	}
	input, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
	if err != nil {
		return err
	}
	req := input.New().Interface()
	if err := ss.RecvMsg(req); err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	s.received(ss.Context(), short(full), req)
	return st(ss.Context(), req, func(m proto.Message) error { return ss.SendMsg(m) })
}

func (s *Suite) received(ctx context.Context, method string, req proto.Message) {
	c := Call{Method: method, Request: req}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		c.RequestID = strings.Join(md.Get(grpcserver.RequestIDKey), ",")
	}
	if who, err := identity.Incoming(ctx); err == nil {
		c.Caller = who
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
}

// short makes /streamflow.orchestrator.v1.OrchestratorService/GetRun
// OrchestratorService/GetRun.
func short(full string) string {
	service, method, _ := strings.Cut(strings.TrimPrefix(full, "/"), "/")
	return service[strings.LastIndexByte(service, '.')+1:] + "/" + method
}

// Eventually is how long a test waits for what happens at once.
const Eventually = 5 * time.Second
