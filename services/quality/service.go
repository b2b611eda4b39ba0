// Package quality is the quality service: it judges the candidates of a batch
// against the expectations of a dataset, inside PostgreSQL, and keeps the results.
// It reads candidates and writes nothing but its own results.
package quality

import (
	"context"
	"embed"
	"errors"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/api"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

const (
	name          = "quality"
	schema        = "sf_quality"
	role          = "sf_quality"
	defaultListen = "127.0.0.1:7102"
	// defaultStatementTimeout is far above what one pass over the largest table
	// takes: it ends what would never end, and is no budget.
	defaultStatementTimeout = 10 * time.Minute
	// defaultTablesAtOnce keeps two cores of the database busy. More tables at once
	// finish no sooner there, and hold more of the pool.
	defaultTablesAtOnce = 2
)

//go:embed migrations/*.sql
var files embed.FS

// Config is what the service is told.
type Config struct {
	// StatementTimeout ends a statement over a candidate. Default: ten minutes.
	StatementTimeout time.Duration
	// TablesAtOnce is how many tables of one validation are read at a time. Default: 2.
	TablesAtOnce int
}

func (c Config) withDefaults() Config {
	if c.StatementTimeout == 0 {
		c.StatementTimeout = defaultStatementTimeout
	}
	if c.TablesAtOnce == 0 {
		c.TablesAtOnce = defaultTablesAtOnce
	}
	return c
}

func (c Config) check() error {
	if c.StatementTimeout < time.Millisecond {
		return errors.New("statement timeout: want at least 1ms, the unit of PostgreSQL's own setting")
	}
	if c.TablesAtOnce < 1 {
		return errors.New("tables at once: want at least 1")
	}
	return nil
}

// Service is the quality service.
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
	limits := evaluate.Limits{StatementTimeout: cfg.StatementTimeout, TablesAtOnce: cfg.TablesAtOnce}
	return &Service{server: api.New(deps.Pool, store.New(deps.Pool), evaluate.New(deps.Pool, limits))}, nil
}

// Register puts the service's RPCs on a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	qualityv1.RegisterQualityServiceServer(r, s.server)
}

// Run waits for ctx: the service has no work of its own.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close gives back nothing: the pool belongs to the daemon.
func (s *Service) Close() {}

// Migrations are the service's own schema.
func Migrations() *postgres.Migrations {
	return postgres.Embedded(schema, role, files, "migrations")
}

// Daemon describes the service to platform/daemon; cfg holds the defaults of its
// settings.
func Daemon(cfg Config) daemon.Spec {
	cfg = cfg.withDefaults()
	return daemon.Spec{
		Name:       name,
		Listen:     defaultListen,
		Migrations: Migrations(),
		Settings: func(s *config.Set) {
			s.Duration(&cfg.StatementTimeout, "statement-timeout", "SF_STATEMENT_TIMEOUT",
				"longest that one statement over a candidate may take")
			s.Int(&cfg.TablesAtOnce, "tables-at-once", "SF_TABLES_AT_ONCE",
				"how many tables of one validation are read at a time")
		},
		New: func(deps daemon.Deps) (daemon.Service, error) { return newService(cfg, deps) },
	}
}
