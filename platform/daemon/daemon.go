// Package daemon runs one service of StreamFlow as a process, or inside another: it
// listens at once, waits, not ready and refusing calls, for PostgreSQL and the
// migrations, serves, and stops when its context ends.
package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/door"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
)

// Service is what a daemon runs. One that is a grpcserver.Doorkeeper is asked about each call.
type Service interface {
	// Register puts the service's RPCs on a server.
	Register(grpc.ServiceRegistrar)
	// Run does the service's work in the background until ctx ends; a service without
	// such work waits for ctx. It begins once the service is ready, or at once and until
	// the drain's wait is over where the service has no database.
	Run(ctx context.Context) error
	// Close gives back what New took.
	Close()
}

// Prober is a Service that stands on more than its database: it is ready while Probe
// says nothing against it.
type Prober interface {
	// Probe says what keeps the service from its work; nil where nothing does.
	Probe(ctx context.Context) error
}

// Deps is what a service stands on.
type Deps struct {
	// Pool is the service's own role on PostgreSQL; nil where it has none.
	Pool *postgres.Pool
	Log  *slog.Logger
	// Door is what the service shows to those that it calls: Door.Call.
	Door *door.Door
	// Personal are the keys by which personal values are shown; nil where there are none, and
	// nothing is shown of them.
	Personal *personal.Keys
	// Auth is whom the service is told to ask who they are: AuthTokens, AuthNone, or empty
	// where nothing is said.
	Auth string
	// Host is the command that runs the service together with the others, as in
	// "sfctl dev"; empty where it is a process of its own.
	Host string
	// Stopping is closed when a stop begins: the service still answers, but is ready no
	// more. Nil where nobody stops it.
	Stopping <-chan struct{}
}

// OpenSchema says how the services are allowed to make tables in a schema, which is
// made where it is missing: what to run, in words that follow a colon.
func (d Deps) OpenSchema(schema string) string {
	if d.Host != "" {
		return fmt.Sprintf("start `%s` with --data-schema %s", d.Host, schema)
	}
	return fmt.Sprintf("run `ingestd migrate --data-schema %s` and `snapshotd migrate --data-schema %s`", schema, schema)
}

// Spec describes a service to the daemon.
type Spec struct {
	// Name is the service's, as in ingest.
	Name string
	// Listen is the default address.
	Listen string
	// Migrations are the service's own schema; nil where it has no database.
	Migrations *postgres.Migrations
	// WritesData says that the service's role makes tables in the data schemas.
	WritesData bool
	// ForClients says that clients call the service, who are none of the suite: it does not
	// ask them for what the services show each other.
	ForClients bool
	// Settings declares the service's own settings; nil where it has none.
	Settings func(*config.Set)
	// Commands are those that the service has besides the daemon's, by their names.
	Commands map[string]OwnCommand
	// New makes the service; it is called once the settings are read, and must not
	// need the database yet.
	New func(Deps) (Service, error)
}

// Config says where a service runs.
type Config struct {
	// Listen is the address to answer gRPC on.
	Listen string
	// Listener, where given, is listened on instead.
	Listener net.Listener
	// DatabaseURL connects as the service's role.
	DatabaseURL string
	// Drain is how a stop goes; nil is grpcserver.DefaultDrain. One of zeros waits for
	// nobody, and cuts calls off at once.
	Drain *grpcserver.Drain
	// NoReflection has the service tell nobody what it serves.
	NoReflection bool
	// Host is the command that runs the service together with the others; empty where
	// it is a process of its own. Advice speaks of it.
	Host string
	// Auth is AuthNone where the service may answer others than this machine without asking
	// who they are.
	Auth string
	// Door is how the service and the others of its suite know each other.
	Door door.Config
	// Personal are the keys by which personal values are shown; PersonalFile, where given, is
	// the file that has them instead, and PersonalText the keys themselves.
	Personal                   *personal.Keys
	PersonalFile, PersonalText string
	Log                        *slog.Logger
	// Listening, where given, is told the address that was bound.
	Listening func(net.Addr)
	// Ready, where given, is called once, when the service is first ready.
	Ready func()
	// WatchEvery is how often a ready service looks whether it still is, and KnockEvery
	// how often it tries a fresh connection with it. Defaults: 5s and 1m.
	WatchEvery, KnockEvery time.Duration
	// RemindEvery is how often a service that asks nobody who they are says so. Default: 10m.
	RemindEvery time.Duration
}

// Run runs a service until ctx ends.
func Run(ctx context.Context, spec Spec, cfg Config) error {
	lis, err := listen(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%s: listen on %s: %w", spec.Name, cfg.Listen, err)
	}
	defer func() { _ = lis.Close() }()
	d, err := door.Open(spec.Name, cfg.Door, cfg.Log)
	if err == nil {
		err = errors.Join(d.Unfit(), mayListen(spec, cfg, d, lis.Addr()))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", spec.Name, err)
	}
	if cfg.Personal, err = cfg.personalKeys(); err != nil {
		return fmt.Errorf("%s: %w", spec.Name, err)
	}
	deps := Deps{Personal: cfg.Personal, Log: cfg.Log, Door: d, Auth: cfg.Auth, Host: cfg.Host, Stopping: ctx.Done()}
	if spec.Migrations != nil {
		deps.Pool, err = postgres.Open(postgres.PoolConfig{URL: cfg.DatabaseURL, Application: "streamflow-" + spec.Name, Log: cfg.Log})
		if err != nil {
			return fmt.Errorf("%s: %w", spec.Name, err)
		}
		defer deps.Pool.Close()
	}
	svc, err := spec.New(deps)
	if err != nil {
		return fmt.Errorf("%s: %w", spec.Name, err)
	}
	defer svc.Close()
	return serve(ctx, spec, cfg, deps, svc, lis)
}

// personalKeys are the keys by which personal values are shown, wherever they are.
func (c Config) personalKeys() (*personal.Keys, error) {
	switch {
	case c.PersonalFile != "":
		return personal.Open(c.PersonalFile)
	case c.PersonalText != "":
		k, err := personal.Parse(c.PersonalText)
		if err != nil {
			return nil, fmt.Errorf("SF_PII_KEY: %w", err)
		}
		return k, nil
	}
	return c.Personal, nil
}

func listen(ctx context.Context, cfg Config) (net.Listener, error) {
	if cfg.Listener != nil {
		return cfg.Listener, nil
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", cfg.Listen)
}

// guarded makes the server of a service, with whom it lets in.
func guarded(spec Spec, cfg Config, deps Deps, svc Service) (*grpcserver.Server, error) {
	speaks, doorkeeper := spec.speaks(deps.Door)
	srv, err := grpcserver.New(cfg.Log, speaks...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec.Name, err)
	}
	if cfg.Drain != nil {
		srv.Drain = *cfg.Drain
	}
	if cfg.NoReflection {
		srv.HideServices()
	}
	srv.Guard(doorkeeper)
	if own, ok := svc.(grpcserver.Doorkeeper); ok {
		srv.Guard(grpcserver.Both(doorkeeper, own))
	}
	svc.Register(srv)
	if spec.Migrations != nil {
		srv.HoldCalls(spec.Name)
	}
	return srv, nil
}

func serve(ctx context.Context, spec Spec, cfg Config, deps Deps, svc Service, lis net.Listener) error {
	srv, err := guarded(spec, cfg, deps, svc)
	if err != nil {
		return err
	}
	if cfg.Listening != nil {
		cfg.Listening(lis.Addr())
	}
	cfg.Log.Info("listening", "address", lis.Addr().String(), "version", buildinfo.Read().String())
	if spec.ForClients {
		deps.TellInTheOpen(lis.Addr())
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return srv.Serve(gctx, lis) })
	if cfg.Auth == AuthNone {
		g.Go(func() error { remind(gctx, cfg.Log, cmp.Or(cfg.RemindEvery, remindEvery), lis.Addr()); return nil })
	}
	if spec.Migrations == nil {
		g.Go(func() error { return runDrained(gctx, svc, srv.Drain.Wait) })
	}
	g.Go(func() error {
		if !becomeReady(gctx, spec, cfg, deps, svc, srv) {
			return nil
		}
		if spec.Migrations != nil {
			g.Go(func() error { return svc.Run(gctx) })
		}
		watch(gctx, spec, cfg, deps, svc, srv)
		return nil
	})
	if err := g.Wait(); err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled)) {
		return fmt.Errorf("%s: %w", spec.Name, err)
	}
	cfg.Log.Info("stopped")
	return nil
}

// runDrained runs a service that answers others as well as over gRPC: it goes on for as
// long as a load balancer may send somebody.
func runDrained(ctx context.Context, svc Service, wait time.Duration) error {
	drained, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(wait, stop) })()
	return svc.Run(drained)
}
