package snapshot_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// Readers never wait, and are never waited for: a transaction that has a table open,
// as a dump or a training job does, goes on while the next month is attached. The
// list of partitions is not part of what a REPEATABLE READ transaction keeps, and the
// rows were committed when they were prepared: a reader that began in between sees
// the new as_of in the tables that it opens after the stamp. The catalog is constant
// in it, and so is what is read of the dates that the catalog holds.
func TestStampAttachesUnderOpenReaders(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), february, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	reader, err := s.db.Pool(t, "sf_reader").BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	defer func() { _ = reader.Rollback(context.Background()) }()
	count := func(from string, args ...any) (n int) {
		require.NoError(t, reader.QueryRow(t.Context(), "select count(*) from public."+from, args...).Scan(&n))
		return n
	}
	dates := func(snapshot string) []time.Time {
		rows, err := reader.Query(t.Context(), "select as_of from sf_snapshot.catalog where dataset = 'shop' and snapshot = $1 and current", snapshot)
		require.NoError(t, err)
		stamped, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
		require.NoError(t, err)
		return stamped
	}
	before := dates("users_snapshots")
	require.Len(t, before, 1)
	require.Equal(t, 3, count("users_snapshots where as_of = any($1)", before))

	_, err = b.stamp()

	require.NoError(t, err)
	for _, table := range []string{"users_snapshots", "orders_snapshots"} { // one that is open, and one that is not
		require.Equal(t, before, dates(table), "the catalog is as it was when the transaction began")
		require.Equal(t, 3, count(table+" where as_of = any($1)", dates(table)), table)
	}
	require.Equal(t, 6, count("orders_snapshots"), "without the dates, more than the catalog knows")
	require.NoError(t, reader.Commit(t.Context()))
	require.Equal(t, []string{"6"}, s.db.Rows(t, "select count(*) from users_snapshots"))
}

// A stamp that waits for a lock lets go in between, so that readers that queue behind
// it wait no longer than its lock time-out.
func TestStampWaitsForALockInShortTries(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), february, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	release := s.hold(t, "lock table orders_snapshots in share update exclusive mode") // as VACUUM does
	type answer struct {
		stamped []*snapshotv1.StampedSnapshot
		err     error
	}
	answered := make(chan answer, 1)

	go func() { st, err := b.stamp(); answered <- answer{st, err} }()
	s.awaitBlocked(t)
	time.Sleep(250 * time.Millisecond) // longer than one try
	require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from users_snapshots"), "all of the as_of or nothing")
	release()

	a := <-answered
	require.NoError(t, a.err)
	require.Len(t, a.stamped, 2)
	require.Equal(t, []string{"6"}, s.db.Rows(t, "select count(*) from users_snapshots"))
}

func TestStampGivesUpOnALockThatIsNeverReleased(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), february, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	before := s.historyTables(t)
	release := s.hold(t, "lock table orders_snapshots in share update exclusive mode")

	_, err = b.stamp()

	p := requireReason(t, err, problem.DatabaseUnavailable)
	require.Contains(t, p.Message, "another session holds a lock on a snapshot table")
	require.True(t, problem.Transient(err), "the run tries again")
	require.Equal(t, before, s.historyTables(t))
	require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from users_snapshots"))
	release()
	_, err = b.stamp()
	require.NoError(t, err)
	s.requireNoOrphans(t)
}

// The fence is raised while the stamp waits: its transaction must not commit.
func TestStampThatLosesItsFenceIsRolledBack(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), february, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	before := s.historyTables(t)
	release := s.hold(t, "lock table orders_snapshots in share update exclusive mode")
	failed := make(chan error, 1)
	go func() { _, err := b.stamp(); failed <- err }()
	s.awaitBlocked(t)

	taken := s.db.Fence(t, "shop")
	release()

	requireReason(t, <-failed, problem.FenceLost)
	require.Equal(t, before, s.historyTables(t))
	require.Equal(t, []string{"2"}, s.db.Rows(t, "select count(*) from sf_snapshot.catalog"))
	b.fence = taken
	_, err = b.stamp()
	require.NoError(t, err, "what was prepared serves whoever took over")
	s.requireNoOrphans(t)
}

func TestStampNeedsALiveFence(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	s.db.Fence(t, "shop")

	_, err = b.stamp()

	requireReason(t, err, problem.FenceLost)
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.catalog"))
}

func TestAFullDiskSaysWhatNeedsRoom(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	s.db.Exec(t, `create function sf_snapshot.full() returns trigger language plpgsql as
		$$ begin raise exception 'No space left on device' using errcode = '53100'; end $$;
		create trigger full_disk before insert on sf_snapshot.prepared for each row execute function sf_snapshot.full()`)

	_, err := b.prepare()

	p := requireReason(t, err, problem.DatabaseFull)
	require.Regexp(t, `snapshot (users|orders)_snapshots needs about \d+ kB of room`, p.Message)
	s.db.Exec(t, "drop trigger full_disk on sf_snapshot.prepared")
	_, err = b.prepare()
	require.NoError(t, err)
}
