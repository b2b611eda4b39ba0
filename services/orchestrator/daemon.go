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

// Daemon describes the service as a process; cfg holds the defaults of its settings.
func Daemon(cfg Config) daemon.Spec {
	cfg = cfg.withDefaults()
	return daemon.Spec{
		Name:       "orchestrator",
		Listen:     "127.0.0.1:7104",
		Migrations: Migrations(),
		Settings: func(s *config.Set) {
			s.String(&cfg.IngestAddr, "ingest-addr", "SF_INGEST_ADDR", "address of the ingest service")
			s.String(&cfg.QualityAddr, "quality-addr", "SF_QUALITY_ADDR", "address of the quality service")
			s.String(&cfg.SnapshotAddr, "snapshot-addr", "SF_SNAPSHOT_ADDR", "address of the snapshot service")
			s.Int(&cfg.Workers, "workers", "SF_WORKERS", "runs that are worked on at once")
			s.Duration(&cfg.Lease, "lease", "SF_LEASE", "how long a run is held after a heartbeat")
			s.Duration(&cfg.Heartbeat, "heartbeat", "SF_HEARTBEAT", "time between two heartbeats")
			s.Duration(&cfg.RetryFor, "retry-for", "SF_RETRY_FOR", "how long faults that may pass are waited out in one step; 0 for not at all")
		},
		New: func(deps daemon.Deps) (daemon.Service, error) { return newService(cfg, deps) },
	}
}
