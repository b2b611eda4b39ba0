package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// A table of somebody else's stands under the name of a partition. Before anything is
// published it is found, and named with the SQL that takes it away.
func TestATableInThePlaceOfAPartitionIsFoundBeforeThePublish(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.db.Exec(t, "create table sf_history.users_snapshots__2024_01_31__r1 (x integer)")
	d := s.deliver(t, shop("shop"), january, shopRows())

	_, err := d.prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Len(t, p.Violations, 1)
	const mend = `drop table "sf_history"."users_snapshots__2024_01_31__r1"`
	require.Contains(t, p.Message, mend)
	s.db.Exec(t, mend)
	d.history()
	require.NotEmpty(t, s.db.Rows(t, "select * from users_snapshots"))
}

// What stands in the way is named in the same order each time, and all of it at once.
func TestAllThatIsInTheWayIsNamedInOneOrder(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.db.Exec(t, `create table sf_history.users_snapshots__2024_01_31__r1 (x integer);
		create table sf_history.users_snapshots__kept (x integer) partition by list (x);
		create table sf_history.theirs partition of sf_history.users_snapshots__kept for values in (1)`)
	d := s.deliver(t, shop("shop"), january, shopRows())
	for range 8 {
		_, err := d.prepare()

		p := requireReason(t, err, problem.SnapshotTableDiffers)
		require.Len(t, p.Violations, 2)
		require.Contains(t, p.Violations[0].Description, "expected no table sf_history.users_snapshots__2024_01_31__r1")
		require.Contains(t, p.Violations[1].Description, "expected no table sf_history.users_snapshots__kept")
	}
}

// A dataset that was deleted left the revisions that it kept. They are not shown as those of
// another one that has a snapshot of the same name.
func TestRevisionsOfAnotherDatasetAreNotTakenOver(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()
	s.db.Exec(t, "drop table users_snapshots cascade; drop table orders_snapshots cascade; select sf_snapshot.give_up_tables('shop')")
	d := s.deliver(t, shop("heir"), february, shopRows())

	_, err := d.prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	for _, v := range p.Violations {
		require.Contains(t, v.Description, "that is not of this dataset's history")
	}
	require.Contains(t, p.Message, `drop table "sf_history"."users_snapshots__kept"`)
	s.db.Exec(t, `drop table sf_history.users_snapshots__kept; drop table if exists sf_history.orders_snapshots__kept`)
	d.history()
	require.Empty(t, s.db.Rows(t, "select * from users_snapshots_revisions where as_of = '2024-01-31'"))
}
