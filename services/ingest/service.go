// Package ingest is the service that takes the files of a batch into candidates, and
// candidates into the live tables. It owns the files, the candidates and the live
// tables; its bookkeeping is schema sf_ingest.
package ingest

import (
	"context"
	"embed"
	"fmt"
	"path/filepath"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/api"
	"github.com/streamflow/streamflow/services/ingest/internal/publish"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
	"github.com/streamflow/streamflow/services/ingest/internal/stage"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations returns the migrations of schema sf_ingest.
func Migrations() *postgres.Migrations {
	return postgres.Embedded("sf_ingest", "sf_ingest", files, "migrations")
}

// Config is what the service may be told. The zero value reads from nowhere.
type Config struct {
	// SourceRoots are the folders, as absolute paths, that deliveries may lie in.
	SourceRoots []string
	// Workers is how many tables of a batch are staged at once: more use more of the
	// machine, and one connection each. Default: 2.
	Workers int
	// KeepFailed is how many failed batches of a dataset keep their staging, for people
	// to look into. Default: 1.
	KeepFailed int
}

const (
	defaultWorkers    = 2
	defaultKeepFailed = 1
)

func (c *Config) setDefaults() {
	if c.Workers == 0 {
		c.Workers = defaultWorkers
	}
	if c.KeepFailed == 0 {
		c.KeepFailed = defaultKeepFailed
	}
}

func (c *Config) check() error {
	for _, r := range c.SourceRoots {
		if !filepath.IsAbs(r) {
			return fmt.Errorf("source root %q: want an absolute path", r)
		}
	}
	if c.Workers < 1 {
		return fmt.Errorf("%d stage workers: want 1 or more", c.Workers)
	}
	if c.KeepFailed < 1 {
		return fmt.Errorf("keep %d failed batches: want 1 or more", c.KeepFailed)
	}
	return nil
}

// Service is the ingest service.
type Service struct {
	server *api.Server
}

// New returns the service. It does not use the database until it is called.
func New(cfg Config, deps daemon.Deps) (*Service, error) {
	cfg.setDefaults()
	return newService(cfg, deps)
}

// newService takes every setting as it is: what a user gave as 0 is no default.
func newService(cfg Config, deps daemon.Deps) (*Service, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	stager := &stage.Stager{
		Pool: deps.Pool, Roots: source.Roots(cfg.SourceRoots), Log: deps.Log,
		Workers: cfg.Workers, KeepFailed: cfg.KeepFailed,
	}
	return &Service{server: api.New(deps.Pool, stager, &publish.Publisher{Pool: deps.Pool})}, nil
}

// Register puts the service's RPCs on a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	ingestv1.RegisterIngestServiceServer(r, s.server)
}

// Run waits: the service works only when it is called.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close has nothing to give back; the pool is the daemon's.
func (s *Service) Close() {}

// Daemon describes the service to the platform; cfg holds the defaults of its settings.
func Daemon(cfg Config) daemon.Spec {
	cfg.setDefaults()
	return daemon.Spec{
		Name: "ingest", Listen: "127.0.0.1:7101", Migrations: Migrations(), WritesData: true,
		Settings: func(s *config.Set) {
			s.List(&cfg.SourceRoots, "source-root", "SF_SOURCE_ROOTS", "folder, as an absolute path, that deliveries may lie in; may be repeated")
			s.Int(&cfg.Workers, "stage-workers", "SF_STAGE_WORKERS", "how many tables of a batch are staged at once")
			s.Int(&cfg.KeepFailed, "keep-failed", "SF_KEEP_FAILED", "how many failed batches of a dataset keep their staging")
		},
		New: func(deps daemon.Deps) (daemon.Service, error) { return newService(cfg, deps) },
	}
}
