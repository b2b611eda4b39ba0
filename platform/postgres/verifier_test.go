package postgres_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/postgres"
)

// An administrator who logs statements, as many do, has no password of ours in the log,
// and a migration that changes no password sends none.
func TestNoPasswordIsInTheServersLog(t *testing.T) {
	t.Parallel()
	server, dir := startServer(t)
	exec1(t, server.URL(""), "alter system set log_statement = 'all'")
	exec1(t, server.URL(""), "select pg_reload_conf()")
	migrate := func(password string) string {
		before := len(logs(t, dir))
		require.NoError(t, postgres.Migrate(t.Context(), postgres.MigrateConfig{
			OwnerURL: server.URL(""), Sets: []*postgres.Migrations{postgres.Foundation()}, Login: map[string]string{"sf_quality": password},
		}))
		return logs(t, dir)[before:]
	}
	login := func(password string) error {
		u, err := url.Parse(server.URL(""))
		require.NoError(t, err)
		u.User = url.UserPassword("sf_quality", password)
		conn, err := pgx.Connect(t.Context(), u.String())
		if err == nil {
			err = conn.Close(context.Background())
		}
		return err
	}

	for _, password := range []string{"a-plain-secret", "it's \\ \"quoted\" $1", "Größe—\u212B nicht", "  blanks  "} {
		said := migrate(password)
		require.Contains(t, said, "SCRAM-SHA-256$4096:", "the log has what was sent")
		require.NotContains(t, said, password)
		require.NotContains(t, said, "secret")
		require.NoError(t, login(password), password)
		require.Error(t, login(password+"x"))

		require.NotContains(t, migrate(password), "SCRAM-SHA-256$", "it is the one that the role has")
		require.NoError(t, login(password))
	}
	exec1(t, server.URL(""), "alter role sf_quality nologin")
	require.NotContains(t, migrate("  blanks  "), "SCRAM-SHA-256$")
	require.NoError(t, login("  blanks  "), "a role that was kept out is let in again")
}

// The owner at a hosting service is no superuser, and may not read what is kept.
func TestAnOwnerWhoIsNoSuperuserGivesPasswords(t *testing.T) {
	t.Parallel()
	server, _ := startServer(t)
	exec1(t, server.URL(""), "create role keeper login createrole password 'keeper'")
	exec1(t, server.URL(""), "create database kept owner keeper")
	owner, err := url.Parse(server.URL("kept"))
	require.NoError(t, err)
	owner.User = url.UserPassword("keeper", "keeper")
	for _, password := range []string{"one", "one", "two"} {
		require.NoError(t, postgres.Roles(t.Context(), postgres.MigrateConfig{OwnerURL: owner.String(), Login: map[string]string{"sf_quality": password}, SharedRoles: true}))
		u := *owner
		u.User = url.UserPassword("sf_quality", password)
		conn, err := pgx.Connect(t.Context(), u.String())
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
	}
}

// logs is what a server has written under its folder.
func logs(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".log" {
			return nil
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	}))
	return all.String()
}
