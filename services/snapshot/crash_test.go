package snapshot_test

import (
	"context"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/privatepg"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot"
)

// crashable is a suite on a server of its own, which can be killed while other tests
// go on.
func crashable(t *testing.T) (*suite, *privatepg.Server) {
	t.Helper()
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sf-crash-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	server, err := privatepg.Start(ctx, privatepg.Options{Dir: dir, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(ctx) })
	require.NoError(t, postgres.Migrate(ctx, postgres.MigrateConfig{
		OwnerURL: server.URL(""), Sets: []*postgres.Migrations{postgres.Foundation(), snapshot.Migrations()},
		Login: map[string]string{"sf_snapshot": "test"}, DataSchemas: []string{"public"}, Writers: []string{"sf_snapshot"},
	}))
	as, err := url.Parse(server.URL(""))
	require.NoError(t, err)
	as.User = url.UserPassword("sf_snapshot", "test")
	svc, err := snapshot.New(snapshot.Config{}, daemon.Deps{Pool: openPool(t, as.String()), Log: telemetry.Discard()})
	require.NoError(t, err)
	owner, err := pgxpool.New(ctx, server.URL(""))
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	db := &pgtest.Database{Name: "postgres", Owner: owner}
	return &suite{db: db, client: snapshotv1.NewSnapshotServiceClient(serve(t, svc))}, server
}

func openPool(t *testing.T, url string) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(postgres.PoolConfig{URL: url, MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func (s *suite) crash(t *testing.T, server *privatepg.Server) {
	t.Helper()
	require.NoError(t, server.Kill())
	require.NoError(t, server.Restart(context.Background()))
	s.db.Owner.Reset()
}

// untilAnswered repeats a call for as long as its fault may pass, as a run does.
func untilAnswered[R any](call func() (R, error)) (R, error) {
	for range 20 {
		if r, err := call(); !problem.Transient(err) {
			return r, err
		}
	}
	return call()
}

func TestCrashesOfPostgreSQL(t *testing.T) {
	t.Parallel()
	s, server := crashable(t)

	t.Run("in the middle of a prepare leaves nothing", func(t *testing.T) {
		b := s.deliver(t, shop("shop"), january, shopRows())
		s.hold(t, "lock table "+b.candidate("users").SQL()+", "+b.candidate("orders").SQL()+" in access exclusive mode")
		failed := make(chan error, 1)
		go func() { _, err := b.prepare(); failed <- err }()
		s.awaitBlocked(t)

		s.crash(t, server)

		requireReason(t, <-failed, problem.DatabaseUnavailable)
		require.Empty(t, s.historyTables(t))
		s.requireNoOrphans(t)
	})
	t.Run("after staging is never taken for an empty month", func(t *testing.T) {
		b := s.deliver(t, shop("shop"), january, shopRows())

		s.crash(t, server)

		_, err := untilAnswered(b.prepare)
		requireReason(t, err, problem.StagingLost)
		require.Empty(t, s.historyTables(t))
	})
	t.Run("after a prepare keeps what is prepared", func(t *testing.T) {
		b := s.deliver(t, shop("shop"), january, shopRows())
		prepared, err := b.prepare()
		require.NoError(t, err)

		s.crash(t, server)

		again, err := untilAnswered(b.prepare)
		require.NoError(t, err, "although the candidates are lost")
		require.Equal(t, hashes(prepared), hashes(again))
		stamped, err := b.stamp()
		require.NoError(t, err)
		require.Len(t, stamped, 2)
		require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from users_snapshots"))
		s.requireNoOrphans(t)
	})
	t.Run("in the middle of a stamp leaves the old state", func(t *testing.T) {
		b := s.deliver(t, shop("shop"), february, shopRows())
		_, err := b.prepare()
		require.NoError(t, err)
		before := s.historyTables(t)
		s.hold(t, "lock table orders_snapshots in share update exclusive mode")
		failed := make(chan error, 1)
		go func() { _, err := b.stamp(); failed <- err }()
		s.awaitBlocked(t)

		s.crash(t, server)

		requireReason(t, <-failed, problem.DatabaseUnavailable)
		require.Equal(t, before, s.historyTables(t))
		require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from users_snapshots"))
		_, err = untilAnswered(b.stamp)
		require.NoError(t, err)
		require.Equal(t, []string{"6"}, s.db.Rows(t, "select count(*) from users_snapshots"))
		s.requireNoOrphans(t)
	})
}
