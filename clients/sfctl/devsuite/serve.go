package devsuite

import (
	"context"
	"net"
	"slices"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/services/ingest"
	"github.com/streamflow/streamflow/services/orchestrator"
	"github.com/streamflow/streamflow/services/quality"
	"github.com/streamflow/streamflow/services/snapshot"
)

// What the gateway's addresses are kept under.
const (
	gatewayAddress = "gateway"
	httpAddress    = "http"
)

// launched is a service that has been started.
type launched struct {
	name      string
	listening chan net.Addr
	ready     chan struct{}
}

// serve migrates and starts the services: first those that the orchestrator calls,
// then it, then, once they are ready and the built-in dataset is registered, the
// gateway, which alone has a port.
func (s *Suite) serve(ctx context.Context) error {
	workers := []daemon.Spec{
		ingest.Daemon(ingest.Config{SourceRoots: s.cfg.SourceRoots}),
		quality.Daemon(quality.Config{}),
		snapshot.Daemon(snapshot.Config{}),
	}
	// The addresses of the others are not known yet, and migrations do not need them.
	stateful := slices.Concat(workers, []daemon.Spec{orchestrator.Daemon(orchestrator.Config{})})
	if err := s.migrate(ctx, stateful...); err != nil {
		return err
	}
	if err := s.serveInMemory(ctx, append(workers, s.orchestrator())); err != nil {
		return err
	}
	// Before the gateway says that it is ready: whoever waits for that starts a run next.
	if err := s.applyBuiltin(ctx); err != nil {
		return err
	}
	if err := s.ensureToken(ctx); err != nil {
		return err
	}
	if err := s.makeFront(); err != nil {
		return err
	}
	return s.serveGateway(ctx)
}

// serveInMemory starts services that nobody reaches but this process, in their order, and
// waits until all are ready.
func (s *Suite) serveInMemory(ctx context.Context, specs []daemon.Spec) error {
	var all []*launched
	for _, spec := range specs {
		l, err := s.launch(ctx, spec, s.memory.Listen(spec.Name), "")
		if err != nil {
			return err
		}
		all = append(all, l)
	}
	for _, l := range all {
		if _, err := await(ctx, s, l.ready); err != nil {
			return err
		}
	}
	return nil
}

// serveGateway starts the gateway, and keeps where it is to be found.
func (s *Suite) serveGateway(ctx context.Context) error {
	http := make(chan net.Addr, 1)
	gateway, err := s.gateway(http)
	if err != nil {
		return err
	}
	gate, err := s.launch(ctx, gateway, nil, s.cfg.GRPCListen)
	if err != nil {
		return err
	}
	if _, err := await(ctx, s, gate.ready); err != nil {
		return err
	}
	address, err := await(ctx, s, http)
	if err != nil {
		return err
	}
	s.addresses[httpAddress] = address.String()
	return s.keepPlace()
}

func (s *Suite) orchestrator() daemon.Spec {
	return orchestrator.Daemon(orchestrator.Config{
		IngestAddr: s.memory.Address("ingest"), QualityAddr: s.memory.Address("quality"), SnapshotAddr: s.memory.Address("snapshot"),
		Through: s.memory.Through(), Lease: s.cfg.Lease, Heartbeat: s.cfg.Heartbeat,
		GrantsFile: s.cfg.GrantsFile,
	})
}

func (s *Suite) gateway(http chan<- net.Addr) (daemon.Spec, error) {
	key, err := s.auditKey()
	if err != nil {
		return daemon.Spec{}, err
	}
	var checkpoints []string
	if key != "" {
		checkpoints = []string{AuditCheckpoints(s.cfg.DataDir)}
	}
	return gateway.Daemon(gateway.Config{
		AuditKey: key, AuditCheckpoints: checkpoints,
		HTTPListen: s.cfg.HTTPListen, AllowedHosts: s.cfg.AllowedHosts, Auth: s.cfg.Auth, IssuersFile: s.cfg.IssuersFile,
		IngestAddr: s.memory.Address("ingest"), QualityAddr: s.memory.Address("quality"), SnapshotAddr: s.memory.Address("snapshot"),
		OrchestratorAddr: s.memory.Address("orchestrator"), Through: s.memory.Through(),
		HTTPListening: func(a net.Addr) { http <- a },
	}), nil
}

// launch starts a service, in memory where it is given a listener, and waits until it
// listens.
func (s *Suite) launch(ctx context.Context, spec daemon.Spec, listener net.Listener, listen string) (*launched, error) {
	cfg := daemon.Config{Listener: listener, Listen: listen, Log: s.log(spec.Name), Host: "sfctl dev", Personal: s.personal}
	if spec.ForClients {
		cfg.Door = s.front
	}
	if spec.Migrations != nil {
		var err error
		if cfg.DatabaseURL, err = s.passwords.url(s.ownerURL, spec.Migrations.Role); err != nil {
			return nil, err
		}
	}
	l := &launched{name: spec.Name, listening: make(chan net.Addr, 1), ready: make(chan struct{})}
	cfg.Listening = func(a net.Addr) { l.listening <- a }
	cfg.Ready = func() { close(l.ready) }
	s.services.Go(func() error {
		if listener != nil {
			return daemon.Run(s.behind, spec, cfg)
		}
		defer s.release()
		return daemon.Run(s.running, spec, cfg)
	})
	address, err := await(ctx, s, l.listening)
	if err != nil {
		return nil, err
	}
	if listener == nil {
		s.addresses[l.name] = address.String()
	}
	return l, nil
}

// await waits for what a service tells, for as long as all services run and the
// context lasts.
func await[T any](ctx context.Context, s *Suite, told <-chan T) (T, error) {
	select {
	case v := <-told:
		return v, nil
	case <-s.running.Done():
		s.release()
		var none T
		return none, s.services.Wait() // the error of the service that failed
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
