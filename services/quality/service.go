// Package quality is the quality service: it judges the candidates of a batch
// against the expectations of a dataset, inside PostgreSQL, and keeps the results.
// It reads candidates and writes nothing but its own results.
package quality

import (
	"embed"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/api"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the service's own schema.
func Migrations() *postgres.Migrations {
	return postgres.Embedded("sf_quality", "sf_quality", files, "migrations")
}

func definition() daemon.Definition[Config] {
	return daemon.Definition[Config]{
		Name: "quality", Listen: "127.0.0.1:7102", Migrations: Migrations(),
		Defaults: Config.withDefaults,
		Settings: func(s *config.Set, c *Config) { c.declare(s) },
		Check:    Config.check,
		Make:     newService,
	}
}

// New makes the service, for a host that has a pool. It does not need the database yet.
func New(cfg Config, deps daemon.Deps) (daemon.Service, error) { return definition().New(cfg, deps) }

// Daemon describes the service to the platform; cfg holds the defaults of its settings.
func Daemon(cfg Config) daemon.Spec { return definition().Spec(cfg) }

func newService(cfg Config, deps daemon.Deps) (daemon.Service, error) {
	limits := evaluate.Limits{StatementTimeout: cfg.StatementTimeout, TablesAtOnce: cfg.TablesAtOnce}
	server := api.New(deps.Pool, store.New(deps.Pool), evaluate.New(deps.Pool, limits, deps.Personal), deps.Personal)
	return daemon.OnCall(func(r grpc.ServiceRegistrar) { qualityv1.RegisterQualityServiceServer(r, server) }), nil
}
