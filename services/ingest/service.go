// Package ingest is the service that takes the files of a batch into candidates, and
// candidates into the live tables. It owns the files, the candidates and the live
// tables; its bookkeeping is schema sf_ingest.
package ingest

import (
	"embed"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/patience"
	"github.com/streamflow/streamflow/platform/postgres"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/api"
	"github.com/streamflow/streamflow/services/ingest/internal/erase"
	"github.com/streamflow/streamflow/services/ingest/internal/expand"
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

func definition() daemon.Definition[Config] {
	return daemon.Definition[Config]{
		Name: "ingest", Listen: "127.0.0.1:7101", Migrations: Migrations(), WritesData: true,
		Defaults: Config.withDefaults,
		Settings: func(s *config.Set, c *Config) { c.declare(s) },
		Check:    Config.check,
		Make:     newService,
	}
}

// New returns the service, for a host that has a pool. It does not use the database
// until it is called.
func New(cfg Config, deps daemon.Deps) (daemon.Service, error) { return definition().New(cfg, deps) }

// Daemon describes the service to the platform; cfg holds the defaults of its settings.
func Daemon(cfg Config) daemon.Spec { return definition().Spec(cfg) }

// One try to alter a live table waits for two seconds, since whoever queues behind it
// waits as long; ten tries outlast what a vacuum or a report takes.
const (
	lockTimeout = 2 * time.Second
	lockTries   = 10
)

func newService(cfg Config, deps daemon.Deps) (daemon.Service, error) {
	stager := &stage.Stager{
		OpenSchema: deps.OpenSchema,
		Pool:       deps.Pool, Roots: source.Roots(cfg.SourceRoots), Log: deps.Log,
		Workers: cfg.Workers, KeepFailed: cfg.KeepFailed, StuckAfter: cfg.SourceTimeout, Keys: deps.Personal,
	}
	expander := &expand.Expander{Pool: deps.Pool, OpenSchema: deps.OpenSchema, Patience: patience.Patience{LockTimeout: lockTimeout, Tries: lockTries}}
	server := api.New(deps.Pool, stager, &publish.Publisher{Pool: deps.Pool, OpenSchema: deps.OpenSchema, Keys: deps.Personal}, expander,
		&erase.Eraser{Pool: deps.Pool, OpenSchema: deps.OpenSchema, Keys: deps.Personal})
	return daemon.OnCall(func(r grpc.ServiceRegistrar) { ingestv1.RegisterIngestServiceServer(r, server) }), nil
}
