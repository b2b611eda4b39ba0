package postgres_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/platform/problem"
)

// startServer starts a server of its own for one test.
func startServer(t *testing.T) (*privatepg.Server, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-failover-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	server, err := privatepg.Start(context.Background(), privatepg.Options{Dir: dir, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server, dir
}

// demote makes a server a standby that waits for a primary, which is none.
func demote(t *testing.T, server *privatepg.Server, dir string) {
	t.Helper()
	require.NoError(t, server.Stop(context.Background()))
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "PG_VERSION" || strings.Contains(path, "base") {
			return err
		}
		signal := filepath.Join(filepath.Dir(path), "standby.signal")
		if err := os.WriteFile(signal, nil, 0o644); err != nil {
			return err
		}
		return os.Chmod(signal, 0o644)
	}))
	require.NoError(t, server.Restart(context.Background()))
}

func TestConnectionsLookForThePrimary(t *testing.T) {
	t.Parallel()
	server, dir := startServer(t)
	sets := []*postgres.Migrations{postgres.Foundation()}
	require.NoError(t, postgres.Migrate(t.Context(), postgres.MigrateConfig{OwnerURL: server.URL(""), Sets: sets}))
	const onBoth = "create role sf_both login password 'both'"
	exec1(t, server.URL(""), onBoth)
	demote(t, server, dir)
	open := func(url string) *postgres.Pool {
		pool, err := postgres.Open(postgres.PoolConfig{URL: url})
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		return pool
	}
	standby := server.URL("")
	pool := open(standby)

	err := postgres.Ready(t.Context(), pool, sets...)
	require.ErrorContains(t, err, "the server is a standby")
	require.True(t, problem.Is(postgres.Problem(err), problem.DatabaseUnavailable), "it passes: %v", err)
	err = postgres.Migrate(t.Context(), postgres.MigrateConfig{OwnerURL: standby, Sets: sets})
	require.ErrorContains(t, err, "the server is a standby")
	requireGivenUp(t, open(standby+"&target_session_attrs=any"))

	// Of two servers under one address it takes the one that writes.
	primary, err := pgx.ParseConfig(pgtest.Server().URL(""))
	require.NoError(t, err)
	other, err := pgx.ParseConfig(standby)
	require.NoError(t, err)
	exec1(t, pgtest.Server().URL(""), onBoth)
	t.Cleanup(func() { exec1(t, pgtest.Server().URL(""), "drop role sf_both") })
	two := open(fmt.Sprintf("postgres://sf_both:both@%s:%d,%s:%d/postgres?sslmode=disable", other.Host, other.Port, primary.Host, primary.Port))
	var port uint16
	require.NoError(t, two.QueryRow(t.Context(), "select inet_server_port()").Scan(&port))
	require.Equal(t, primary.Port, port)

	exec1(t, standby, "select pg_promote()")
	require.Eventually(t, func() bool { return postgres.Ready(t.Context(), pool, sets...) == nil }, 20*time.Second, 50*time.Millisecond)
}

// requireGivenUp checks that a pool of whoever asks for any server has sessions of a standby,
// and keeps none of them once one of them was not allowed to write.
func requireGivenUp(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	var held []*pgxpool.Conn
	for range 3 {
		c, err := pool.Acquire(t.Context())
		require.NoError(t, err, "who asks for any server gets it")
		held = append(held, c)
	}
	for _, c := range held {
		c.Release()
	}
	_, err := pool.Exec(t.Context(), "select 1")
	require.NoError(t, err)
	require.Equal(t, int32(3), pool.Stat().TotalConns())

	_, err = pool.Exec(t.Context(), "create table public.t ()")

	require.True(t, postgres.Transient(err), "%v", err)
	require.Eventually(t, func() bool { return pool.Stat().TotalConns() == 0 }, 10*time.Second, 10*time.Millisecond)
}

// A session that was there before its server lost the right to write is given up, and
// with it those that lie beside it.
func TestAReadOnlySessionIsGivenUp(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_ingest")
	one, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	two, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	one.Release()
	two.Release()
	require.Equal(t, int32(2), pool.Stat().IdleConns())
	db.Exec(t, `create function sf_platform.fallen() returns trigger language plpgsql as
		$$ begin raise exception 'cannot execute INSERT in a read-only transaction' using errcode = '25006'; end $$;
		create trigger fallen before insert on sf_platform.readiness for each statement execute function sf_platform.fallen()`)

	err = postgres.Ready(t.Context(), pool, postgres.Foundation())

	require.ErrorContains(t, err, "read-only")
	require.True(t, postgres.Transient(err))
	require.Eventually(t, func() bool { return pool.Stat().TotalConns() == 0 }, 5*time.Second, 10*time.Millisecond)
	db.Exec(t, "drop trigger fallen on sf_platform.readiness")
	require.NoError(t, postgres.Ready(t.Context(), pool, postgres.Foundation()))
	require.Equal(t, []string{"sf_ingest"}, db.Rows(t, "select role from sf_platform.readiness"))
}

func TestKnockAsksForAnotherConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create role sf_rotated login password 'test'")
	t.Cleanup(func() { db.Exec(t, "drop role sf_rotated") })
	pool := db.Pool(t, "sf_rotated")
	held, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer held.Release()
	require.NoError(t, pool.Knock(t.Context()))

	db.Exec(t, "alter role sf_rotated password 'another'")
	_, err = held.Exec(t.Context(), "select 1")
	require.NoError(t, err, "what is open stays open")
	err = pool.Knock(t.Context())

	require.True(t, postgres.Refused(err), "%v", err)
	require.True(t, postgres.Transient(err), "it may be given the right one")
	require.ErrorContains(t, postgres.Problem(err), "does not let the service in")
	db.Exec(t, "alter role sf_rotated password 'test' connection limit 1")
	require.NoError(t, pool.Knock(t.Context()), "one too many was let in")
}

func exec1(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), sql)
	require.NoError(t, err)
}
