package devsuite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/privatepg"
)

// Suite is a running suite. Its methods may be called from any goroutine.
type Suite struct {
	cfg       Config
	postgres  *privatepg.Server
	ownerURL  string
	passwords passwords
	personal  *personal.Keys     // by which personal values are shown
	token     string             // of who started the suite
	who       *identity.Identity // whom it belongs to

	// memory is where the services meet; of the ports of this machine, the suite has those
	// of the gateway and of PostgreSQL.
	memory    grpcserver.Memory
	front     door.Config       // what clients are answered with
	pageName  string            // under which a browser finds the page over TLS
	addresses map[string]string // gatewayAddress and httpAddress
	services  *errgroup.Group
	running   context.Context // ends with the first service that fails, or with stop
	stop      context.CancelFunc
	// behind ends with the gateway, which tells the others until its end what it did.
	behind  context.Context
	release context.CancelFunc

	ended   chan struct{} // closed when all services have ended
	failed  error         // why, once ended is closed
	stopped sync.Once
	stopErr error
}

// Start starts a suite and returns when it is ready: PostgreSQL, the migrations, the
// five services, and the built-in dataset where none is registered. The context
// bounds the start only.
func Start(ctx context.Context, cfg Config) (*Suite, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkAddresses(ctx, cfg.GRPCListen, cfg.HTTPListen); err != nil {
		return nil, err
	}
	s := &Suite{cfg: cfg, addresses: map[string]string{}, ended: make(chan struct{})}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.services, s.running = errgroup.WithContext(running)
	s.stop = stop
	s.behind, s.release = context.WithCancel(context.WithoutCancel(ctx))
	err = s.start(ctx)
	go func() { // ends with the services, which Stop ends
		s.failed = s.services.Wait()
		close(s.ended)
	}()
	if err != nil {
		s.release()
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *Suite) start(ctx context.Context) (err error) {
	if s.personal, err = ensurePersonal(s.cfg.DataDir); err != nil {
		return err
	}
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	return s.serve(ctx)
}

// GRPCAddr is the address of the gateway's gRPC port, for sfctl --server.
func (s *Suite) GRPCAddr() string { return s.addresses[gatewayAddress] }

// HTTPAddr is the address of the gateway's REST API and pages.
func (s *Suite) HTTPAddr() string { return s.addresses[httpAddress] }

// Dial returns a connection to a service behind the gateway, which only this process can
// make: ingest, quality, snapshot or orchestrator.
func (s *Suite) Dial(service string) (*grpc.ClientConn, error) {
	return grpcserver.Dial(s.memory.Address(service), s.memory.Through()...)
}

// OwnerURL connects to the suite's database as its owner.
func (s *Suite) OwnerURL() string { return s.ownerURL }

// Postgres is the private server; nil where Config.DatabaseURL was given.
func (s *Suite) Postgres() *privatepg.Server { return s.postgres }

// Wait returns when the services have ended: nil after Stop, otherwise the error of
// the service that failed first, which ends the others. PostgreSQL still runs then,
// until Stop.
func (s *Suite) Wait() error {
	<-s.ended
	return s.failed
}

// Stop ends the services in order, then PostgreSQL, and waits for both. When the
// context ends first, PostgreSQL is stopped at once, and its next start recovers.
func (s *Suite) Stop(ctx context.Context) error {
	s.stopped.Do(func() {
		s.stop()
		select {
		case <-s.ended:
		case <-ctx.Done():
		}
		if s.postgres != nil {
			if err := s.postgres.Stop(ctx); err != nil {
				s.stopErr = fmt.Errorf("stop PostgreSQL: %w", err)
			}
		}
	})
	return s.stopErr
}

func (s *Suite) log(service string) *slog.Logger { return s.cfg.Log.With("service", service) }
