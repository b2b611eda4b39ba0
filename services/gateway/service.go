// Package gateway is StreamFlow's door: REST and server-sent events under /v1, the
// OpenAPI document, health, and the first page, all over HTTP; and a gRPC port for
// sfctl that passes the exposed RPCs on. It has no database: it asks the services.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/forward"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
)

// Default addresses, all on loopback.
const (
	DefaultListen       = "127.0.0.1:7100"
	DefaultHTTPListen   = "127.0.0.1:8080"
	defaultIngest       = "127.0.0.1:7101"
	defaultQuality      = "127.0.0.1:7102"
	defaultSnapshot     = "127.0.0.1:7103"
	defaultOrchestrator = "127.0.0.1:7104"
)

// Config says where the gateway serves HTTP and where the services are. An empty
// address means the default.
type Config struct {
	// HTTPListen is the address to answer HTTP on.
	HTTPListen string
	// IngestAddr, QualityAddr, SnapshotAddr and OrchestratorAddr are where the
	// services answer gRPC, host:port.
	IngestAddr, QualityAddr, SnapshotAddr, OrchestratorAddr string
	// HTTPListening, where given, is told the address that was bound for HTTP.
	HTTPListening func(net.Addr)
}

func (c Config) withDefaults() Config {
	for _, s := range []struct {
		value    *string
		fallback string
	}{
		{&c.HTTPListen, DefaultHTTPListen},
		{&c.IngestAddr, defaultIngest},
		{&c.QualityAddr, defaultQuality},
		{&c.SnapshotAddr, defaultSnapshot},
		{&c.OrchestratorAddr, defaultOrchestrator},
	} {
		if *s.value == "" {
			*s.value = s.fallback
		}
	}
	return c
}

// Service is the gateway.
type Service struct {
	cfg      Config
	log      *slog.Logger
	backends *backend.Set
	forward  *forward.Forwarder
	handler  http.Handler
	stopping func()
}

// New makes the gateway. It does not wait for the services behind it.
func New(cfg Config, deps daemon.Deps) (*Service, error) {
	cfg = cfg.withDefaults()
	rules, err := contract.Load(openapi.Document)
	if err != nil {
		return nil, err
	}
	backends, err := backend.Dial(backend.Addresses{
		Ingest: cfg.IngestAddr, Quality: cfg.QualityAddr, Snapshot: cfg.SnapshotAddr, Orchestrator: cfg.OrchestratorAddr,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to the services: %w", err)
	}
	stopping := make(chan struct{})
	s := &Service{
		cfg: cfg, log: deps.Log, backends: backends,
		stopping: sync.OnceFunc(func() { close(stopping) }),
	}
	if s.forward, err = forward.New(backends.Services(), rules.Exposes); err == nil {
		s.handler, err = routes(backends, rules, stopping)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Register puts the services' contracts on the gRPC port.
func (s *Service) Register(r grpc.ServiceRegistrar) { s.forward.Register(r) }

// Run serves HTTP until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	return httpserver.Serve(ctx, httpserver.Config{
		Listen: s.cfg.HTTPListen, Handler: s.handler, Log: s.log,
		Listening: s.cfg.HTTPListening, Stopping: s.stopping,
	})
}

// Close closes the connections to the services.
func (s *Service) Close() {
	s.stopping()
	if err := s.backends.Close(); err != nil {
		s.log.Warn("connections not closed", "error", err)
	}
}

// Daemon describes the gateway to a daemon. What cfg leaves empty has its default;
// flags and the environment go before both.
func Daemon(cfg Config) daemon.Spec {
	cfg = cfg.withDefaults()
	return daemon.Spec{
		Name:   "gateway",
		Listen: DefaultListen,
		Settings: func(set *config.Set) {
			set.String(&cfg.HTTPListen, "http-listen", "SF_HTTP_LISTEN", "address to answer HTTP on")
			set.String(&cfg.IngestAddr, "ingest-addr", "SF_INGEST_ADDR", "where ingest answers gRPC")
			set.String(&cfg.QualityAddr, "quality-addr", "SF_QUALITY_ADDR", "where quality answers gRPC")
			set.String(&cfg.SnapshotAddr, "snapshot-addr", "SF_SNAPSHOT_ADDR", "where snapshot answers gRPC")
			set.String(&cfg.OrchestratorAddr, "orchestrator-addr", "SF_ORCHESTRATOR_ADDR", "where the orchestrator answers gRPC")
		},
		New: func(deps daemon.Deps) (daemon.Service, error) { return New(cfg, deps) },
	}
}
