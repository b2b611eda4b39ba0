package orchestrator

import (
	"embed"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the orchestrator's own schema.
func Migrations() *postgres.Migrations {
	return postgres.Embedded("sf_orchestrator", "sf_orchestrator", files, "migrations")
}

func definition() daemon.Definition[Config] {
	return daemon.Definition[Config]{
		Name: "orchestrator", Listen: "127.0.0.1:7104", Migrations: Migrations(),
		Defaults: Config.withDefaults,
		Settings: func(s *config.Set, c *Config) { c.declare(s) },
		Check:    Config.check,
		Commands: map[string]daemon.OwnCommand{"token": tokenCommand},
		Make:     newService,
	}
}

// New makes the service, for a host that has a pool. It connects to nothing yet.
func New(cfg Config, deps daemon.Deps) (daemon.Service, error) { return definition().New(cfg, deps) }

// Daemon describes the service to the platform; cfg holds the defaults of its settings.
func Daemon(cfg Config) daemon.Spec { return definition().Spec(cfg) }
