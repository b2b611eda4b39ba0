package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"github.com/streamflow/streamflow/platform/relation"
)

// Migrations are the numbered SQL files of one schema.
type Migrations struct {
	// Schema that the files fill; it also holds their version table.
	Schema string
	// Role that the service connects as; empty where none does.
	Role string
	// Files holds NNNNN_name.sql at its root, in goose's format.
	Files fs.FS
}

// versionTable is where goose notes what it has applied.
func (m *Migrations) versionTable() string { return m.Schema + ".schema_version" }

// migrationLock serialises every migrator of an installation: the services' jobs
// start at the same moment. Any constant will do as long as it never changes.
const migrationLock = 0x5f_0001

// MigrateConfig says what to migrate, and as whom.
type MigrateConfig struct {
	// OwnerURL connects as the owner, who may create schemas and roles.
	OwnerURL string
	// Sets are applied in order.
	Sets []*Migrations
	// Login gives a role of a set its password; empty leaves the role as it is.
	Login map[string]string
	// DataSchemas are the schemas in which live and snapshot tables may be made.
	DataSchemas []string
	// Writers are the roles that get CREATE on the data schemas.
	Writers []string
	// SharedRoles says that the roles serve other databases of the server as well, with
	// the same passwords. Otherwise a role that serves another one is refused.
	SharedRoles bool
	Log         *slog.Logger
}

// Migrate makes the roles that the suite's services log in as, and brings every set to
// its newest version. It may run any number of times, and by several programs at once.
func Migrate(ctx context.Context, cfg MigrateConfig) error {
	return besideOthers(ctx, func() error { return asOwner(ctx, cfg, migrate) })
}

func migrate(ctx context.Context, cfg MigrateConfig, cc *pgx.ConnConfig, conn *pgx.Conn) error {
	if err := ensureRoles(ctx, conn, cfg, holdRoles); err != nil {
		return err
	}
	db := openPatient(*cc)
	defer func() { _ = db.Close() }()
	for _, set := range cfg.Sets {
		if err := migrateSet(ctx, conn, db, set, cfg.Log); err != nil {
			return fmt.Errorf("migrate %s: %w", set.Schema, err)
		}
	}
	return grant(ctx, conn, cfg)
}

// asOwner does work over a connection of the owner's, while no other migrator works.
func asOwner(ctx context.Context, cfg MigrateConfig, work func(context.Context, MigrateConfig, *pgx.ConnConfig, *pgx.Conn) error) error {
	cc, err := ownerConfig(cfg.OwnerURL)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if errors.Is(err, errOtherWay) {
		return errPooledOwner
	}
	if err != nil {
		return fmt.Errorf("connect as the owner: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := checkDatabase(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "select pg_catalog.pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	return work(ctx, cfg, cc, conn)
}

func migrateSet(ctx context.Context, conn *pgx.Conn, db *sql.DB, set *Migrations, log *slog.Logger) error {
	if _, err := conn.Exec(ctx, "create schema if not exists "+relation.Quote(set.Schema)); err != nil {
		return fmt.Errorf("create the schema: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, set.Files,
		goose.WithTableName(set.versionTable()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	applied, err := upPatiently(ctx, conn, p, log)
	if err != nil {
		return err
	}
	if log != nil {
		log.InfoContext(ctx, "migrated", "schema", set.Schema, "applied", len(applied))
	}
	return nil
}

// grant gives the roles what stands outside their own schemas.
func grant(ctx context.Context, conn *pgx.Conn, cfg MigrateConfig) error {
	for _, set := range cfg.Sets {
		if set.Role == "" {
			continue
		}
		q := fmt.Sprintf("grant usage on schema %s to %s; grant select on %s to %s",
			relation.Quote(set.Schema), relation.Quote(set.Role),
			relation.Relation{Schema: set.Schema, Name: "schema_version"}.SQL(), relation.Quote(set.Role))
		if _, err := conn.Exec(ctx, q); err != nil {
			return fmt.Errorf("grant %s to %s: %w", set.Schema, set.Role, err)
		}
	}
	return grantData(ctx, conn, cfg.DataSchemas, cfg.Writers)
}

func grantData(ctx context.Context, conn *pgx.Conn, schemas, writers []string) error {
	for _, schema := range schemas {
		if _, err := conn.Exec(ctx, "create schema if not exists "+relation.Quote(schema)); err != nil {
			return fmt.Errorf("create schema %s: %w", schema, err)
		}
		if _, err := conn.Exec(ctx, "grant usage on schema "+relation.Quote(schema)+" to sf_reader"); err != nil {
			return fmt.Errorf("grant schema %s to readers: %w", schema, err)
		}
		for _, role := range writers {
			q := fmt.Sprintf("grant usage, create on schema %s to %s", relation.Quote(schema), relation.Quote(role))
			if _, err := conn.Exec(ctx, q); err != nil {
				return fmt.Errorf("grant schema %s to %s: %w", schema, role, err)
			}
		}
	}
	return nil
}

// newest returns the highest number among the files.
func (m *Migrations) newest() (int64, error) {
	names, err := fs.Glob(m.Files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("list the migrations of %s: %w", m.Schema, err)
	}
	var newest int64
	for _, n := range names {
		v, err := goose.NumericComponent(n)
		if err != nil {
			return 0, fmt.Errorf("migration %s of %s: %w", n, m.Schema, err)
		}
		newest = max(newest, v)
	}
	return newest, nil
}
