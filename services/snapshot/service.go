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
	"embed"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/api"
	"github.com/streamflow/streamflow/services/snapshot/internal/retain"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the service's own schema and that of the history.
func Migrations() *postgres.Migrations {
	return postgres.Embedded("sf_snapshot", "sf_snapshot", files, "migrations")
}

func definition() daemon.Definition[Config] {
	return daemon.Definition[Config]{
		Name: "snapshot", Listen: "127.0.0.1:7103", Migrations: Migrations(), WritesData: true,
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
	stamper := stamp.New(deps.Pool, stamp.Options{Parallel: cfg.Parallel, LockTimeout: cfg.LockTimeout, OpenSchema: deps.OpenSchema, Keys: deps.Personal})
	server := api.New(deps.Pool, stamper, retain.New(deps.Pool, retain.Options{LockTimeout: cfg.LockTimeout}), deps.Personal)
	return daemon.OnCall(func(r grpc.ServiceRegistrar) {
		snapshotv1.RegisterSnapshotServiceServer(api.OfHistory{ServiceRegistrar: r}, server)
	}), nil
}
