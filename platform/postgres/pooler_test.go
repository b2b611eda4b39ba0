package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/pgtest/pooler"
	"github.com/streamflow/streamflow/platform/postgres"
)

// pooled opens a pool through a PgBouncer, and returns what its log says.
func pooled(t *testing.T) (db *pgtest.Database, p *pooler.Pooler, pool *postgres.Pool, log *strings.Builder) {
	t.Helper()
	db, log = pgtest.New(t), &strings.Builder{}
	p = pooler.Start(t, pgtest.Server().URL(""))
	pool, err := postgres.Open(postgres.PoolConfig{URL: p.URL(db.URL("sf_ingest")), Log: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return db, p, pool, log
}

// Whoever uses the same session leaves in it what he likes: what is pinned is pinned in
// every statement and transaction of ours.
func TestPinsHoldBehindAPooler(t *testing.T) {
	t.Parallel()
	db, p, pool, log := pooled(t)
	for range 8 { // both sessions of the role, whichever comes first
		cfg, err := pgx.ParseConfig(p.URL(db.URL("sf_ingest")))
		require.NoError(t, err)
		cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
		other, err := pgx.ConnectConfig(t.Context(), cfg)
		require.NoError(t, err)
		for name, s := range odd {
			if name != "client_encoding" { // PgBouncer gives every client its own
				_, err = other.Exec(t.Context(), "set "+name+" = "+quoted(name, s.theirs))
				require.NoError(t, err, name)
			}
		}
		require.NoError(t, other.Close(t.Context()))
	}

	for range 4 {
		for name, s := range odd {
			var v string
			require.NoError(t, pool.QueryRow(t.Context(), "select pg_catalog.current_setting($1)", name).Scan(&v))
			if !strings.HasPrefix(name, "default_") { // a transaction says itself what it is
				require.Equal(t, s.ours, strings.ReplaceAll(v, `"`, ""), name)
			}
		}
		_, err := pool.Exec(t.Context(), "create table if not exists public.written (v integer)")
		require.NoError(t, err, "the session's own transactions are read only")
	}
	require.True(t, pool.Pooler())
	require.Equal(t, 1, strings.Count(log.String(), "connections go through a pooler"), log)
}

// Sessions know nothing of what was prepared in others, and change between statements.
func TestStatementsBehindAPooler(t *testing.T) {
	t.Parallel()
	db, _, pool, _ := pooled(t)
	db.Exec(t, "create table written (v integer); grant select, insert on written to sf_ingest")
	f := db.Fence(t, "shop")
	var g errgroup.Group
	for i := range 12 {
		g.Go(func() error {
			for range 5 {
				if err := writeAndRead(t.Context(), pool, f, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, g.Wait())
	require.Equal(t, []string{"60"}, db.Rows(t, "select count(*) from written"))
	requireSingleStatements(t, pool)
	_, err := fence.Raise(t.Context(), db.Owner, "shop")
	require.NoError(t, err)
	require.Error(t, f.Tx(t.Context(), pool, func(context.Context, *pgx.Conn) error { return nil }), "a fence is lost through a pooler as well")
	require.Zero(t, pool.Stat().AcquiredConns())
}

// writeAndRead uses a pool in all three ways.
func writeAndRead(ctx context.Context, pool *postgres.Pool, f fence.Fence, v int) error {
	var n, count int
	if err := pool.QueryRow(ctx, "select $1::int + 1", v).Scan(&n); err != nil {
		return err
	}
	err := f.Tx(ctx, pool, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "insert into public.written values ($1)", v)
		return err
	})
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue("select count(*)::int from public.written where v = $1", v).QueryRow(func(r pgx.Row) error { return r.Scan(&count) })
	if err := pool.SendBatch(ctx, b); err != nil {
		return err
	}
	if n != v+1 || count == 0 {
		return fmt.Errorf("asked for %d + 1, got %d; wrote it, and found it %d times", v, n, count)
	}
	return nil
}

// A statement that is given up ends on the server, too.
func TestACancelReachesTheServerBehindAPooler(t *testing.T) {
	t.Parallel()
	db, _, pool, _ := pooled(t)
	_, err := pool.Exec(t.Context(), "select 1")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()

	_, err = pool.Exec(ctx, "select pg_sleep(60) /* through the pooler */")

	require.Error(t, err)
	require.Eventually(t, func() bool {
		return len(db.Rows(t, "select pid from pg_stat_activity where query like '%/* through the pooler */%' and state = 'active' and pid <> pg_backend_pid()")) == 0
	}, 10*time.Second, 20*time.Millisecond)
}

func TestMigrateRefusesAPooler(t *testing.T) {
	t.Parallel()
	db, p, _, _ := pooled(t)
	err := postgres.Migrate(t.Context(), postgres.MigrateConfig{OwnerURL: p.URL(db.OwnerURL()), Sets: []*postgres.Migrations{postgres.Foundation()}})
	require.ErrorContains(t, err, "expected the address of the server itself")
}

// A pooler that is taken away, or put in between, is found out.
func TestThePoolFollowsTheWay(t *testing.T) {
	t.Parallel()
	_, _, pool, _ := pooled(t)
	require.False(t, pool.Pooler(), "nobody has looked yet")
	var v string
	require.NoError(t, pool.QueryRow(t.Context(), "show search_path").Scan(&v))
	require.Equal(t, "pg_catalog, pg_temp", v)
	require.True(t, pool.Pooler())
	require.False(t, func() bool {
		direct := pgtest.New(t).Pool(t, "sf_ingest")
		require.NoError(t, direct.QueryRow(t.Context(), "show search_path").Scan(&v))
		return direct.Pooler()
	}())
}
