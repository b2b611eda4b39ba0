package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// lostOf are the entries that lists mark as lost, by name and as_of.
func (s *suite) lostOf(t *testing.T) []string {
	t.Helper()
	list, err := s.client.ListSnapshots(context.Background(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop"})
	require.NoError(t, err)
	var lost []string
	for _, e := range list.GetSnapshots() {
		one, err := s.client.GetSnapshot(context.Background(), &snapshotv1.GetSnapshotRequest{Dataset: "shop", AsOf: e.GetAsOf()})
		require.NoError(t, err)
		for _, same := range one.GetSnapshots() {
			if same.GetSnapshot() == e.GetSnapshot() {
				require.Equal(t, e.GetLost(), same.GetLost(), "the list of one date says the same")
			}
		}
		if e.GetLost() {
			lost = append(lost, e.GetSnapshot()+" "+e.GetAsOf())
		}
	}
	return lost
}

// Whoever drops history by hand is not told on by a run of one date alone: it says which others
// are gone, and lists mark them until each was delivered again.
func TestDatesWhoseRowsAreGoneAreTold(t *testing.T) {
	t.Parallel()
	both := []string{"orders_snapshots 2024-03-31", "users_snapshots 2024-03-31", "orders_snapshots 2024-01-31", "users_snapshots 2024-01-31"}
	for name, tc := range map[string]struct {
		sql    string
		listed []string // as lost, before the run of February
		told   []string // by that run
	}{
		"nothing":                {"select 1", nil, nil},
		"a snapshot's table":     {"drop table users_snapshots cascade", []string{"users_snapshots 2024-03-31", "users_snapshots 2024-02-29", "users_snapshots 2024-01-31"}, []string{january, march}},
		"one date":               {"drop table " + januaryUsers, []string{"users_snapshots 2024-01-31"}, []string{january}},
		"renamed":                {"alter table " + januaryUsers + " rename to mine", []string{"users_snapshots 2024-01-31"}, []string{january}},
		"detached":               {"alter table users_snapshots detach partition " + januaryUsers, nil, nil},
		"rows deleted":           {"truncate users_snapshots", nil, nil},
		"dropped by retention":   {"insert into sf_snapshot.dropped (dataset, as_of, run, requested_by, why) values ('shop', '2024-01-31', 'run_1', 'eve', 'old'); drop table " + januaryUsers, nil, nil},
		"the schema with it all": {"drop schema sf_history cascade; create schema sf_history", append(append([]string{}, both[:2]...), append([]string{"orders_snapshots 2024-02-29", "users_snapshots 2024-02-29"}, both[2:]...)...), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.deliver(t, shop("shop"), february, shopRows()).history()
			s.deliver(t, shop("shop"), march, shopRows()).history()
			s.db.Exec(t, tc.sql)

			require.Equal(t, tc.listed, s.lostOf(t))
			if tc.told == nil && len(tc.listed) > 0 {
				return // nobody could stamp into what is there
			}
			b := s.deliver(t, shop("shop"), february, shopRows())
			_, err := b.prepare()
			require.NoError(t, err)
			result, err := s.stamp(b.stampRequest())
			require.NoError(t, err)
			require.Equal(t, tc.told, result.GetLost())

			s.db.Exec(t, "drop table if exists sf_history.mine") // it is in the way, which a run says
			for _, asOf := range tc.told {
				s.deliver(t, shop("shop"), asOf, shopRows()).history()
			}
			require.Empty(t, s.lostOf(t), "delivered again, they are there")
		})
	}
}

// A superseded revision whose table is gone is marked among the revisions.
func TestARevisionWhoseRowsAreGoneIsMarked(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	corrected := s.deliver(t, shop("shop"), january, shopRowsOther())
	corrected.reason = "wrong"
	corrected.history()
	s.db.Exec(t, "drop table sf_history.users_snapshots__2024_01_31__r1__kept")

	got, err := s.client.ListRevisions(context.Background(), &snapshotv1.ListRevisionsRequest{Dataset: "shop", Snapshot: "users_snapshots"})

	require.NoError(t, err)
	require.Len(t, got.GetRevisions(), 2)
	require.False(t, got.GetRevisions()[0].GetLost())
	require.True(t, got.GetRevisions()[1].GetLost())
}
