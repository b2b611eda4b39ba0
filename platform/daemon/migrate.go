package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
)

// MigrateConfig says which database to migrate.
type MigrateConfig struct {
	// OwnerURL connects as the owner, who may create schemas and roles.
	OwnerURL string
	// DatabaseURL is the one that the service will connect with: its role gets the
	// password that stands in it. Empty leaves the role as it is.
	DatabaseURL string
	// DataSchemas are the schemas of live and snapshot tables. Default: public.
	DataSchemas []string
	// SharedRoles says that the roles serve other databases of the server as well.
	SharedRoles bool
	Log         *slog.Logger
}

// Migrate brings the schema of a service up to date, platform's first, and lets
// the service's role log in.
func Migrate(ctx context.Context, spec Spec, cfg MigrateConfig) error {
	pm, err := cfg.of(spec)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if spec.WritesData {
		pm.DataSchemas, pm.Writers = cfg.DataSchemas, []string{spec.Migrations.Role}
		if len(pm.DataSchemas) == 0 {
			pm.DataSchemas = []string{"public"}
		}
	}
	return postgres.Migrate(ctx, pm)
}

// Roles makes the roles of all services, and lets this one's log in; nothing is made in
// the database. A dump is restored into a server that has the roles already.
func Roles(ctx context.Context, spec Spec, cfg MigrateConfig) error {
	pm, err := cfg.of(spec)
	if err != nil {
		return fmt.Errorf("roles: %w", err)
	}
	return postgres.Roles(ctx, pm)
}

func (cfg MigrateConfig) of(spec Spec) (postgres.MigrateConfig, error) {
	pm := postgres.MigrateConfig{
		OwnerURL:    cfg.OwnerURL,
		Sets:        []*postgres.Migrations{postgres.Foundation(), spec.Migrations},
		SharedRoles: cfg.SharedRoles,
		Log:         cfg.Log,
	}
	if cfg.OwnerURL == "" {
		return pm, errors.New("give the owner's database URL with --owner-database-url or SF_OWNER_DATABASE_URL")
	}
	if cfg.DatabaseURL == "" {
		return pm, nil
	}
	cc, err := pgx.ParseConfig(cfg.DatabaseURL)
	if err != nil {
		return pm, fmt.Errorf("database URL: %w", err)
	}
	if cc.User != spec.Migrations.Role {
		return pm, fmt.Errorf("the database URL logs in as %q, want the service's own role %q", cc.User, spec.Migrations.Role)
	}
	pm.Login = map[string]string{cc.User: cc.Password}
	return pm, nil
}
