// Package grpcserver is the life cycle of a gRPC server: health, reflection,
// requests checked against their declared rules, errors given their reason, one log
// line per call, and a stop that lets calls finish.
package grpcserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
)

// LivenessService is the health service name that is SERVING as long as the process
// runs; the empty name says whether it is ready.
const LivenessService = "liveness"

// FilesService is the health service name that is SERVING as long as the files of secrets and
// certificates that are read again when they change can be taken: where one cannot, what was
// read before stays in use, until it ends.
const FilesService = "files"

// MaxMessage is the largest message in either direction, in bytes, on every port and of
// every client. A dataset has at most a quarter of it; reports and pages that could be
// larger are shortened to it (platform/shorten, platform/page).
const MaxMessage = 8 << 20

// Drain is how a server stops.
type Drain struct {
	// Wait is how long it says that it is not ready, and answers all the same, before it
	// takes no new call: so long as a load balancer needs to send nobody any more.
	Wait time.Duration
	// Limit is how long calls that are under way may go on after that. Steps are safe to
	// cut off: they are taken up again under their own key.
	Limit time.Duration
}

// DefaultDrain waits for no load balancer, and cuts calls off after ten seconds.
var DefaultDrain = Drain{Limit: 10 * time.Second}

// connectionAge is when a server asks the other side of a connection for a new one,
// more or less a tenth, which gRPC adds so that not all come at once. A client looks
// its server's name up again then, and so finds replicas that came later.
const connectionAge = 5 * time.Minute

const (
	// maxStreams is how many calls one connection carries at once; more wait at its other
	// end. The gateway has one connection to each replica of a service for all its clients.
	maxStreams = 1000
	// maxHeader is how large the metadata of a request is at most, in bytes, as over HTTP.
	maxHeader = 64 << 10
	// handshake is how long a new connection may take until it speaks gRPC, TLS included:
	// who only connects holds one of the places that there are for no longer.
	handshake = 20 * time.Second
)

// Server is a gRPC server with health and reflection.
type Server struct {
	*grpc.Server
	// Drain is how the server stops. Set it before Serve. Default: DefaultDrain.
	Drain  Drain
	health *health.Server
	gate   *gate
	room   *room
	log    *slog.Logger
}

// New returns a server that is not ready yet. Register services before Serve.
func New(log *slog.Logger, extra ...grpc.ServerOption) (*Server, error) {
	return newServer(log, connectionAge, extra...)
}

func newServer(log *slog.Logger, age time.Duration, extra ...grpc.ServerOption) (*Server, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("compile the declared rules: %w", err)
	}
	s := &Server{Drain: DefaultDrain, health: health.NewServer(), gate: &gate{door: everybody{}}, room: &room{most: roomOf}, log: log}
	chain := interceptors{log: log, validator: validator, gate: s.gate}
	opts := append([]grpc.ServerOption{
		grpc.ChainUnaryInterceptor(chain.unary),
		grpc.ChainStreamInterceptor(chain.stream),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.MaxSendMsgSize(MaxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeader),
		grpc.ConnectionTimeout(handshake),
		// No MaxConnectionAgeGrace: what is under way on an old connection, a publish or
		// a watch of an hour, is never cut. gRPC pings no client on a connection that has
		// come of age: one that vanished is then noticed by TCP, minutes later, and a step
		// that it asked for is kept from committing by its fence.
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 20 * time.Second, Timeout: 10 * time.Second, MaxConnectionAge: age}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	}, extra...)
	s.Server = grpc.NewServer(opts...)
	healthv1.RegisterHealthServer(s.Server, s.health)
	reflection.Register(s.Server)
	s.health.SetServingStatus(LivenessService, healthv1.HealthCheckResponse_SERVING)
	s.SetFiles(true)
	s.SetReady(false)
	return s, nil
}

// HoldCalls makes the server answer every call but health and reflection with
// SERVICE_UNAVAILABLE until it was ready once. It is for a service that can do nothing
// without its database; name is the service's. Call it before Serve.
func (s *Server) HoldCalls(name string) { s.gate.service.Store(&name) }

// Guard makes the server ask who calls: callers whom d does not let in are refused before
// anything that they send is read. Call it before Serve.
func (s *Server) Guard(d Doorkeeper) { s.gate.door = d }

// HideServices turns reflection off: nobody is told what the server serves. Call it before
// Serve.
func (s *Server) HideServices() { s.gate.silent = true }

// SetReady says whether the server can do its work.
func (s *Server) SetReady(ready bool) {
	st := healthv1.HealthCheckResponse_NOT_SERVING
	if ready {
		s.gate.service.Store(nil)
		st = healthv1.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus("", st)
}

// SetFiles says whether the files of secrets and certificates can be taken as they are.
func (s *Server) SetFiles(sound bool) {
	st := healthv1.HealthCheckResponse_NOT_SERVING
	if sound {
		st = healthv1.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus(FilesService, st)
}

// Serve answers calls on lis until ctx ends, and stops as Drain says.
func (s *Server) Serve(ctx context.Context, lis net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Server.Serve(guarded{lis, s.room}) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.health.Shutdown()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(s.Drain.Wait):
	}
	stopped := make(chan struct{})
	go func() { s.GracefulStop(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(s.Drain.Limit):
		s.log.Warn("calls cut off", "after", s.Drain.Limit)
		s.Stop()
		<-stopped
	}
	if err := <-failed; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
