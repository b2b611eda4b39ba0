// Package pgtest gives tests a real PostgreSQL: one private server per test binary,
// and per test a database of its own, migrated already, so that tests run in
// parallel and share nothing.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/privatepg"
)

const (
	// password of every role in a test's server.
	password = "test"
	template = "sf_template"
)

// Roles that write live and snapshot tables.
var writers = []string{"sf_ingest", "sf_snapshot"}

var (
	server  *privatepg.Server
	counter atomic.Int64
)

// Main starts the server, prepares a template database with the platform's
// foundation and the given migrations, runs the tests, and stops the server. Use it
// as: func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations...)) }.
// SF_POSTGRES_BIN chooses the PostgreSQL.
func Main(m *testing.M, sets ...*postgres.Migrations) int {
	code, err := run(m, sets)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return 1
	}
	return code
}

func run(m *testing.M, sets []*postgres.Migrations) (int, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sf-pgtest-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return 0, err
	}
	if server, err = privatepg.Start(ctx, privatepg.Options{Dir: dir, Fast: true}); err != nil {
		return 0, err
	}
	defer func() { _ = server.Stop(ctx) }()
	if err := makeTemplate(ctx, sets); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func makeTemplate(ctx context.Context, sets []*postgres.Migrations) error {
	owner, err := pgxpool.New(ctx, server.URL(""))
	if err != nil {
		return err
	}
	defer owner.Close()
	if _, err := owner.Exec(ctx, "create database "+template); err != nil {
		return fmt.Errorf("create the template: %w", err)
	}
	all := append([]*postgres.Migrations{postgres.Foundation()}, sets...)
	login := map[string]string{}
	for _, r := range []string{"sf_ingest", "sf_quality", "sf_snapshot", "sf_orchestrator", "sf_reader"} {
		login[r] = password
	}
	return postgres.Migrate(ctx, postgres.MigrateConfig{
		OwnerURL: server.URL(template), Sets: all, Login: login,
		DataSchemas: []string{"public"}, Writers: writers, SharedRoles: true,
	})
}

// Server returns the server of this test binary. Who crashes it does so in a test
// binary that runs its tests one after another.
func Server() *privatepg.Server { return server }

// Database is a database of one test.
type Database struct {
	// Name of the database.
	Name string
	// Owner is a pool as the superuser.
	Owner *pgxpool.Pool
}

// New makes a migrated database for a test and drops it afterwards.
func New(t testing.TB) *Database {
	t.Helper()
	ctx := context.Background()
	admin, err := pgxpool.New(ctx, server.URL(""))
	require.NoError(t, err)
	defer admin.Close()
	name := fmt.Sprintf("sf_test_%d", counter.Add(1))
	require.NoError(t, create(ctx, admin, name))
	d := &Database{Name: name}
	d.Owner = openOwner(t, server.URL(name))
	return d
}

// create copies the template. A copy waits its turn: PostgreSQL refuses while
// another connection, such as another copy, is on the template.
func create(ctx context.Context, admin *pgxpool.Pool, name string) error {
	for {
		_, err := admin.Exec(ctx, "create database "+name+" template "+template)
		if err == nil || !strings.Contains(err.Error(), "being accessed by other users") {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// URL returns a connection URL of the database for a role, such as sf_ingest.
func (d *Database) URL(role string) string {
	rest := server.URL(d.Name)
	return "postgres://" + role + ":" + password + rest[strings.LastIndex(rest, "@"):]
}

// OwnerURL returns the superuser's connection URL of the database.
func (d *Database) OwnerURL() string { return server.URL(d.Name) }

// Pool opens a pool as a role, and closes it with the test.
func (d *Database) Pool(t testing.TB, role string) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(postgres.PoolConfig{URL: d.URL(role), Application: "test", MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// openOwner opens a pool of sessions as a person's are, but for how dates are written:
// what the suite pins for itself is not pinned in them.
func openOwner(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	cfg.MaxConns = 8
	// A test that crashes the server may be back within the second that pgxpool lets a
	// connection lie before it asks whether it still lives.
	cfg.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return true }
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["datestyle"] = "ISO, YMD"
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// Fence raises the fence of a dataset and returns it.
func (d *Database) Fence(t testing.TB, dataset string) fence.Fence {
	t.Helper()
	f, err := fence.Raise(context.Background(), d.Owner, dataset)
	require.NoError(t, err)
	return f
}

// Exec runs statements as the superuser.
func (d *Database) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	_, err := d.Owner.Exec(context.Background(), sql, args...)
	require.NoError(t, err, sql)
}

// Rows returns the rows of a query as the superuser, one text per row, its values as
// PostgreSQL writes them, separated by |, NULL as <null>.
func (d *Database) Rows(t testing.TB, sql string, args ...any) []string {
	t.Helper()
	// The simple protocol answers in text, whatever the type.
	args = append([]any{pgx.QueryExecModeSimpleProtocol}, args...)
	rows, err := d.Owner.Query(context.Background(), sql, args...)
	require.NoError(t, err, sql)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var parts []string
		for _, v := range rows.RawValues() {
			if v == nil {
				v = []byte("<null>")
			}
			parts = append(parts, string(v))
		}
		out = append(out, strings.Join(parts, "|"))
	}
	require.NoError(t, rows.Err())
	return out
}
