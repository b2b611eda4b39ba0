package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// Of dates before its table is collected nothing of a snapshot is asked for, stamped or
// lacking.
func TestASnapshotOfATableThatIsCollectedLater(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Tables[1].Since = "2024-03-31"
	rows := shopRows()
	delete(rows, "orders")
	stands := func(asOf string) (all []string) {
		got, err := s.client.CheckStamped(context.Background(), &snapshotv1.CheckStampedRequest{Context: s.deliver(t, d, asOf, rows).context(), AsOf: asOf, Dataset: d})
		require.NoError(t, err)
		for _, st := range got.GetSnapshots() {
			require.True(t, st.GetStands())
			all = append(all, st.GetSnapshot())
		}
		return all
	}

	stamped := s.deliver(t, d, january, rows).history()
	_, missing := s.deliver(t, d, "2024-03-31", rows).prepare()
	then := s.deliver(t, d, "2024-03-31", shopRows()).history()

	require.Len(t, stamped, 1)
	require.Equal(t, "users_snapshots", stamped[0].GetSnapshot().GetSnapshot())
	require.ErrorContains(t, missing, "expected a candidate of table orders")
	require.Len(t, then, 2)
	require.Equal(t, []string{"users_snapshots"}, stands(january))
	require.Equal(t, []string{"users_snapshots", "orders_snapshots"}, stands("2024-03-31"))
	require.Equal(t, []string{"2024-02-29 NEVER_DELIVERED users_snapshots true"}, s.gaps(t, d, &snapshotv1.ListGapsRequest{To: "2024-03-31"}))
	require.Empty(t, s.gaps(t, d, &snapshotv1.ListGapsRequest{To: "2024-03-31", Snapshot: "orders_snapshots"}))
}

// What was stamped of such a date, before the table's first one was declared, is left alone
// by a correction of it.
func TestWhatWasStampedBeforeATableIsCollectedStays(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	d := shop("shop")
	d.Tables[1].Since = "2024-03-31"
	rows := shopRowsOther()
	delete(rows, "orders")
	b := s.deliver(t, d, january, rows)
	b.reason = "the users were wrong"

	stamped := b.history()

	require.Len(t, stamped, 1)
	require.Equal(t, int32(2), stamped[0].GetSnapshot().GetRevision())
	require.NotEqual(t, []string{"0"}, s.db.Rows(t, "select count(*)::text from public.orders_snapshots where as_of = '2024-01-31'"))
	s.requireNoOrphans(t)
}
