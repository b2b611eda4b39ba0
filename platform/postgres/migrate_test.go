package postgres_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
)

const (
	first  = "-- +goose Up\ncreate table sf_quality.one (v integer);\n"
	second = "-- +goose Up\ncreate table sf_quality.two (v integer);\n"
	broken = "-- +goose Up\ncreate table sf_quality.three (v integer);\nselect no_such_function();\n"
)

func set(files map[string]string) *postgres.Migrations {
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return &postgres.Migrations{Schema: "sf_quality", Role: "sf_quality", Files: fs}
}

func migrate(t *testing.T, db *pgtest.Database, s *postgres.Migrations) error {
	t.Helper()
	return postgres.Migrate(t.Context(), postgres.MigrateConfig{
		OwnerURL: db.OwnerURL(), Sets: []*postgres.Migrations{postgres.Foundation(), s}, SharedRoles: true,
	})
}

func TestReadyWaitsForEveryMigration(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_quality")
	one := set(map[string]string{"00001_one.sql": first})
	two := set(map[string]string{"00001_one.sql": first, "00002_two.sql": second})

	require.ErrorIs(t, postgres.Ready(t.Context(), pool, one), postgres.ErrBehind)
	require.NoError(t, migrate(t, db, one))
	require.NoError(t, postgres.Ready(t.Context(), pool, postgres.Foundation(), one))
	err := postgres.Ready(t.Context(), pool, two)
	require.ErrorIs(t, err, postgres.ErrBehind)
	require.ErrorContains(t, err, "version 1 of 2")
	require.NoError(t, migrate(t, db, two))
	require.NoError(t, postgres.Ready(t.Context(), pool, two))
	require.NoError(t, postgres.Ready(t.Context(), pool, one), "an older program goes on beside a newer schema")
}

func TestMigrateTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := set(map[string]string{"00001_one.sql": first, "00002_two.sql": second})

	var g errgroup.Group
	for range 5 {
		g.Go(func() error { return migrate(t, db, s) })
	}

	require.NoError(t, g.Wait())
	require.NoError(t, migrate(t, db, s))
	require.Equal(t, []string{"0", "1", "2"},
		db.Rows(t, "select version_id from sf_quality.schema_version order by 1"))
}

func TestAMigrationThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)

	err := migrate(t, db, set(map[string]string{"00001_one.sql": first, "00002_bad.sql": broken}))

	require.ErrorContains(t, err, "no_such_function")
	require.Equal(t, []string{"one"},
		db.Rows(t, "select table_name from information_schema.tables where table_schema = 'sf_quality' and table_name <> 'schema_version'"))
}

func TestMigrateGivesARoleItsPasswordWhateverIsInIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create role sf_login_test nologin")
	t.Cleanup(func() { db.Exec(t, "drop role sf_login_test") })

	require.NoError(t, postgres.Migrate(t.Context(), postgres.MigrateConfig{
		OwnerURL:    db.OwnerURL(),
		SharedRoles: true,
		Login:       map[string]string{"sf_login_test": `quo'te"\`},
	}))

	require.Equal(t, []string{"t"}, db.Rows(t, "select rolcanlogin from pg_roles where rolname = 'sf_login_test'"))
}

func TestInstallationsOnOneServerMigrateAtOnce(t *testing.T) {
	t.Parallel()
	databases := []*pgtest.Database{pgtest.New(t), pgtest.New(t), pgtest.New(t), pgtest.New(t)}

	var g errgroup.Group
	for _, db := range databases {
		for range 5 {
			g.Go(func() error {
				return postgres.Migrate(t.Context(), postgres.MigrateConfig{
					OwnerURL: db.OwnerURL(), Login: map[string]string{"sf_reader": "test"}, SharedRoles: true,
				})
			})
		}
	}

	require.NoError(t, g.Wait(), "roles belong to the server, and are changed by all of them")
}

func TestMigrateRefusesADatabaseOfAnotherEncoding(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, encoding := range []string{"LATIN1", "SQL_ASCII"} {
		name := db.Name + "_" + strings.ToLower(encoding)
		db.Exec(t, "create database "+name+" encoding '"+encoding+"' locale 'C' template template0")
		t.Cleanup(func() { db.Exec(t, "drop database "+name) })
		url := strings.Replace(db.OwnerURL(), "/"+db.Name, "/"+name, 1)

		err := postgres.Migrate(t.Context(), postgres.MigrateConfig{OwnerURL: url, Sets: []*postgres.Migrations{postgres.Foundation()}})

		require.ErrorContains(t, err, "expected the encoding UTF8, found "+encoding)
		_, mend, _ := strings.Cut(err.Error(), "create database ")
		db.Exec(t, "create database "+mend)
		db.Exec(t, "drop database "+name+"_utf8")
		other, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		var made int
		require.NoError(t, other.QueryRow(t.Context(), "select count(*) from pg_namespace where nspname like 'sf_%'").Scan(&made))
		require.Zero(t, made, "nothing was made")
		require.NoError(t, other.Close(t.Context()))
	}
}
