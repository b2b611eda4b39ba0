package postgres

import (
	"context"
	_ "embed" // the statement
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/pause"
)

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
			err := ensureRoles(ctx, conn, cfg.Login)
			if err == nil && cfg.Log != nil {
				cfg.Log.InfoContext(ctx, "roles are there")
			}
			return err
		})
	})
}

// ensureRoles makes the roles that are missing, alters those that are not as they should
// be, and gives those of login their passwords.
func ensureRoles(ctx context.Context, conn *pgx.Conn, login map[string]string) error {
	if _, err := conn.Exec(ctx, rolesSQL); err != nil {
		return fmt.Errorf("make the services' roles: %w", err)
	}
	for role, password := range login {
		if err := allowLogin(ctx, conn, role, password); err != nil {
			return err
		}
	}
	return nil
}

// allowLogin gives a role its password. The statement takes no parameters, so the
// server quotes the literal itself.
func allowLogin(ctx context.Context, conn *pgx.Conn, role, password string) error {
	if password == "" {
		return nil
	}
	var q string
	err := conn.QueryRow(ctx, "select format('alter role %I login password %L', $1::text, $2::text)", role, password).Scan(&q)
	if err == nil {
		_, err = conn.Exec(ctx, q)
	}
	if err != nil {
		return fmt.Errorf("let role %s log in: %w", role, err)
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
