package postgres

import (
	"context"
	_ "embed" // the statement
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/relation"
)

// serviceRoles are the roles that the services log in as. sf_reader, which people are
// granted, is none of them.
var serviceRoles = []string{"sf_ingest", "sf_quality", "sf_snapshot", "sf_orchestrator"}

// rolesSQL makes and alters the roles. It is run at every migration, outside of the
// numbered files: roles belong to the server, and a database that was restored on another
// one has all its versions and none of them.
//
//go:embed roles.sql
var rolesSQL string

// Roles makes the roles that the suite's services log in as, and nothing in the database.
func Roles(ctx context.Context, cfg MigrateConfig) error {
	return besideOthers(ctx, func() error {
		return asOwner(ctx, cfg, func(ctx context.Context, cfg MigrateConfig, _ *pgx.ConnConfig, conn *pgx.Conn) error {
			err := ensureRoles(ctx, conn, cfg, nil)
			if err == nil && cfg.Log != nil {
				cfg.Log.InfoContext(ctx, "roles are there")
			}
			return err
		})
	})
}

// ensureRoles makes the roles that are missing, alters those that are not as they should
// be, claims those of the services for this database, gives those of the configuration's
// login their passwords, and does what is to be done with them: all of it, or nothing.
func ensureRoles(ctx context.Context, conn *pgx.Conn, cfg MigrateConfig, then func(context.Context, pgx.Tx) error) error {
	tx, err := Begin(ctx, conn, pgx.TxOptions{})
	if err != nil {
		return fmt.Errorf("make the services' roles: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, rolesSQL); err != nil {
		return fmt.Errorf("make the services' roles: %w", err)
	}
	if err := claimRoles(ctx, tx, cfg.SharedRoles); err != nil {
		return err
	}
	for _, role := range slices.Sorted(maps.Keys(cfg.Login)) {
		if err := allowLogin(ctx, tx, role, cfg.Login[role]); err != nil {
			return err
		}
	}
	if then != nil {
		if err := then(ctx, tx); err != nil {
			return err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("make the services' roles: %w", err)
	}
	return nil
}

// holdRoles gives the roles something in this database, in the transaction that claims
// them: from its end on, everybody can see that they are used here.
func holdRoles(ctx context.Context, tx pgx.Tx) error {
	schema := relation.Quote(platformSchema)
	q := "create schema if not exists " + schema
	for _, role := range serviceRoles {
		q += fmt.Sprintf("; grant usage on schema %s to %s", schema, relation.Quote(role))
	}
	if _, err := tx.Exec(ctx, q); err != nil {
		return fmt.Errorf("grant %s to the services: %w", platformSchema, err)
	}
	return nil
}

// What the server has of a role, and what it keeps of its password, where whoever migrates
// may read that: superusers may, owners at a hosting service may not.
const (
	entersSQL = `
select rolcanlogin, pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'select')
  from pg_catalog.pg_roles where rolname = $1`
	keptSQL = "select coalesce(rolpassword, '') from pg_catalog.pg_authid where rolname = $1"
)

// allowLogin gives a role its password: as a verifier, since statements are logged, and
// where it is another one than it has. The statement takes no parameters, so the server
// quotes the literal itself.
func allowLogin(ctx context.Context, tx pgx.Tx, role, password string) error {
	if password == "" {
		return nil
	}
	fail := func(err error) error { return fmt.Errorf("let role %s log in: %w", role, err) }
	var enters, readable bool
	if err := tx.QueryRow(ctx, entersSQL, role).Scan(&enters, &readable); err != nil {
		return fail(err)
	}
	kept := ""
	if readable {
		if err := tx.QueryRow(ctx, keptSQL, role).Scan(&kept); err != nil {
			return fail(err)
		}
	}
	q := "alter role " + relation.Quote(role) + " login"
	switch known := recognises(kept, password); {
	case known && enters:
		return nil
	case !known:
		secret, err := verifier(password)
		if err != nil {
			return fail(err)
		}
		q += " password '" + secret + "'" // of letters, digits, and $:+/=
	}
	if _, err := tx.Exec(ctx, q); err != nil {
		return fail(err)
	}
	return nil
}

// roleTries is how often roles are tried to be changed beside somebody else.
const roleTries = 20

// besideOthers does work that changes roles. They belong to the whole server, and
// PostgreSQL refuses one of two transactions that change a role at the same moment; with
// several installations on one server that happens, and trying again is all it takes.
func besideOthers(ctx context.Context, work func() error) error {
	for try := 1; ; try++ {
		err := work()
		if err == nil || try == roleTries || Code(err) != codeInternal || !strings.Contains(err.Error(), "tuple concurrently updated") {
			return err
		}
		if pause.Sleep(ctx, time.Duration(try)*20*time.Millisecond) != nil {
			return err
		}
	}
}
