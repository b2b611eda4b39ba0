// Package snapshot is the service that keeps the history of a dataset: one immutable
// state per table and as_of, stamped from a batch's candidates into tables that are
// partitioned by as_of. It reads candidates and writes history; live tables are not
// its business.
//
// A reader that wants several snapshots of one state reads in one REPEATABLE READ
// transaction, takes the as_of dates of each from sf_snapshot.catalog, and filters its
// table by them. The catalog alone says what is stamped: an as_of that is attached
// while the transaction goes on may show up in one table and not yet in another.
// docs/decisions/0009-prepare-beside-validate.md says why.
package snapshot

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/api"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the service's own schema and that of the history.
func Migrations() *postgres.Migrations {
	return postgres.Embedded("sf_snapshot", "sf_snapshot", files, "migrations")
}

// Config is how the service works. The zero value takes the defaults.
type Config struct {
	// Parallel is how many snapshots of a batch are hashed or filled at once.
	// Default: 2. More, and one run takes more of PostgreSQL than a small machine has.
	Parallel int
	// LockTimeout is how long one try of a stamp waits for a lock before it lets go
	// and tries again. Default: 2s. Longer, and whoever queues behind it waits longer.
	LockTimeout time.Duration
}

func (c Config) withDefaults() Config {
	if c.Parallel == 0 {
		c.Parallel = 2
	}
	if c.LockTimeout == 0 {
		c.LockTimeout = 2 * time.Second
	}
	return c
}

func (c Config) check() error {
	if c.Parallel < 1 {
		return fmt.Errorf("parallel: expected at least 1, found %d", c.Parallel)
	}
	if c.LockTimeout < time.Millisecond {
		return fmt.Errorf("lock-timeout: expected at least 1ms, the unit of PostgreSQL's own setting, found %s", c.LockTimeout)
	}
	return nil
}

// Daemon describes the service to package daemon; cfg holds the defaults of its
// settings.
func Daemon(cfg Config) daemon.Spec {
	cfg = cfg.withDefaults()
	return daemon.Spec{
		Name:       "snapshot",
		Listen:     "127.0.0.1:7103",
		Migrations: Migrations(),
		WritesData: true,
		Settings: func(s *config.Set) {
			s.Int(&cfg.Parallel, "parallel", "SF_SNAPSHOT_PARALLEL", "snapshots of a batch that are filled at once")
			s.Duration(&cfg.LockTimeout, "lock-timeout", "SF_SNAPSHOT_LOCK_TIMEOUT", "how long one try of a stamp waits for a lock")
		},
		New: func(deps daemon.Deps) (daemon.Service, error) { return newService(cfg, deps) },
	}
}

// Service answers the RPCs of streamflow.snapshot.v1.
type Service struct {
	server *api.Server
}

// New makes the service. It does not need the database yet.
func New(cfg Config, deps daemon.Deps) (*Service, error) {
	return newService(cfg.withDefaults(), deps)
}

// newService takes every setting as it is: what a user gave as 0 is no default.
func newService(cfg Config, deps daemon.Deps) (*Service, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if deps.Pool == nil {
		return nil, errors.New("the snapshot service needs a pool of PostgreSQL connections")
	}
	stamper := stamp.New(deps.Pool, stamp.Options{Parallel: cfg.Parallel, LockTimeout: cfg.LockTimeout})
	return &Service{server: api.New(deps.Pool, stamper)}, nil
}

// Register puts the RPCs on a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	snapshotv1.RegisterSnapshotServiceServer(r, s.server)
}

// Run waits for ctx: the service works only when it is asked to.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close gives back nothing: the pool belongs to whoever opened it.
func (s *Service) Close() {}
