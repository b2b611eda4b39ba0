// Package gateway is StreamFlow's door: REST and server-sent events under /v1, the
// OpenAPI document, health, and the first page, all over HTTP; and a gRPC port for
// sfctl that passes the exposed RPCs on. It has no database: it asks the services.
package gateway

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/settingfile"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/forward"
	"github.com/streamflow/streamflow/services/gateway/internal/health"
	"github.com/streamflow/streamflow/services/gateway/internal/host"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
	"github.com/streamflow/streamflow/services/gateway/internal/issuer"
	"github.com/streamflow/streamflow/services/gateway/internal/rate"
	"github.com/streamflow/streamflow/services/gateway/internal/trail"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

// Service is the gateway.
type Service struct {
	cfg      Config
	deps     daemon.Deps
	gate     *access.Gate
	log      *slog.Logger
	backends *backend.Set
	book     *trail.Book
	forward  *forward.Forwarder
	issuers  *issuer.Set // nil where none is believed
	handler  http.Handler
	tls      *tls.Config // nil where HTTP is spoken in the open
	stopping func()
}

func definition() daemon.Definition[Config] {
	return daemon.Definition[Config]{
		Name: "gateway", Listen: DefaultListen, ForClients: true,
		Defaults: Config.withDefaults,
		Settings: func(s *config.Set, c *Config) { c.declare(s) },
		Check:    Config.check,
		Make:     newService,
		Commands: map[string]daemon.OwnCommand{"audit": auditCommand},
	}
}

// New makes the gateway. It does not wait for the services behind it.
func New(cfg Config, deps daemon.Deps) (daemon.Service, error) { return definition().New(cfg, deps) }

// Daemon describes the gateway to the platform; cfg holds the defaults of its settings.
func Daemon(cfg Config) daemon.Spec { return definition().Spec(cfg) }

func newService(cfg Config, deps daemon.Deps) (daemon.Service, error) {
	rules, err := contract.Load(openapi.Document)
	if err != nil {
		return nil, err
	}
	page, err := access.ParsePage(cfg.PageURL)
	if err != nil {
		return nil, err
	}
	names, err := host.Of(cfg.names(page), cfg.HTTPListen)
	if err != nil {
		return nil, err
	}
	gate, issuers, err := newGate(cfg, page, deps)
	if err != nil {
		return nil, err
	}
	book, err := newBook(cfg, gate, deps.Log)
	if err != nil {
		return nil, err
	}
	gate.Record(book)
	backends, err := backend.Dial(backend.Addresses{
		Ingest: cfg.IngestAddr, Quality: cfg.QualityAddr, Snapshot: cfg.SnapshotAddr, Orchestrator: cfg.OrchestratorAddr,
	}, gate, func(service string) []grpc.DialOption { return slices.Concat(deps.Door.Call(service), cfg.Through) })
	if err != nil {
		return nil, fmt.Errorf("connect to the services: %w", err)
	}
	gate.Use(access.Services{Orchestrator: backends.Orchestrator, Ingest: backends.Ingest, Quality: backends.Quality, Snapshot: backends.Snapshot})
	stopping := make(chan struct{})
	s := &Service{
		cfg: cfg, deps: deps, gate: gate, book: book, log: deps.Log, backends: backends, issuers: issuers,
		stopping: sync.OnceFunc(func() { close(stopping) }),
	}
	// HTTP/1 alone, as without TLS: the limits of the port are per connection.
	s.tls = deps.Door.ForClients("http/1.1")
	var watches watch.Watches
	if s.forward, err = forward.New(backends.Services(), rules.Exposes, gate.Arrive, gate.Enter, gate.RefusedCall, &watches); err == nil {
		s.handler, err = routes(backends, rules, gate, &watches, stopping, deps)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.handler = names.Only(s.handler, openPaths...)
	return s, nil
}

// Register puts the services' contracts on the gRPC port.
func (s *Service) Register(r grpc.ServiceRegistrar) { s.forward.Register(r) }

// Check asks who wants to be told which RPCs there are for a token, as whoever calls one is.
// Errors: UNAUTHENTICATED.
func (s *Service) Check(ctx context.Context, method string) error {
	if !strings.HasPrefix(method, "/grpc.reflection.") {
		return nil
	}
	_, err := s.gate.Enter(ctx)
	return err
}

// Probe says which services behind the gateway are not ready: without them it is of no
// use, over gRPC as over HTTP.
func (s *Service) Probe(ctx context.Context) error { return health.Check(ctx, s.backends.Services()) }

// newGate makes what decides who gets in, and the issuers that it asks.
func newGate(cfg Config, page access.Page, deps daemon.Deps) (*access.Gate, *issuer.Set, error) {
	issuers, err := openIssuers(cfg.IssuersFile, deps.Log)
	if err != nil {
		return nil, nil, err
	}
	gate := access.New(cmp.Or(cfg.Auth, deps.Auth, access.Tokens), rate.New(cfg.Rate, cfg.RateBurst), issuers)
	if gate.Open() && issuers != nil {
		return nil, nil, errors.New("issuers-file: nobody is asked who they are (SF_AUTH=none), so that it is for nothing: leave out one of the two")
	}
	gate.At(page)
	return gate, issuers, nil
}

// openIssuers reads the file of issuers, if there is one.
func openIssuers(path string, log *slog.Logger) (*issuer.Set, error) {
	if path == "" {
		return nil, nil
	}
	text, err := settingfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("issuers-file: %w", err)
	}
	set, err := issuer.New(text, log)
	if err != nil {
		return nil, fmt.Errorf("issuers-file %s: %w", path, err)
	}
	return set, nil
}

// Run serves HTTP, and signs the audit log, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { s.book.Run(gctx); return nil })
	if s.issuers != nil {
		g.Go(func() error { s.issuers.Ask(gctx); return nil })
	}
	g.Go(func() error {
		return httpserver.Serve(gctx, httpserver.Config{
			Listen: s.cfg.HTTPListen, TLS: s.tls, Handler: s.handler, Log: s.log,
			Listening: s.listening, Stopping: s.stopping, Refused: s.gate.RefusedOrigin,
		})
	})
	return g.Wait()
}

// listening tells the address of HTTP to whoever is to hear of it.
func (s *Service) listening(at net.Addr) {
	s.deps.TellInTheOpen(at)
	if s.cfg.HTTPListening != nil {
		s.cfg.HTTPListening(at)
	}
}

// Close ends the chain of the audit log, and closes the connections to the services.
func (s *Service) Close() {
	s.stopping()
	s.book.Close()
	if err := s.backends.Close(); err != nil {
		s.log.Warn("connections not closed", "error", err)
	}
}
