package orchestrator_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func stamped(name, asOf string, rows int64) *snapshotv1.Snapshot {
	return &snapshotv1.Snapshot{
		Dataset: "shop", Snapshot: name, AsOf: asOf, Rows: rows, Table: &stepv1.Relation{Schema: "public", Name: name},
	}
}

// Stage is told the nearest state of each table before the as_of, whatever stands
// between, and on whichever page of the catalog.
func TestStageIsToldTheNearestEarlierSnapshots(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		catalog []*snapshotv1.Snapshot
		want    []string
	}{
		"nothing is stamped": {nil, nil},
		"both of one as_of": {[]*snapshotv1.Snapshot{
			stamped("shop_orders_snapshots", "2024-02-29", 9), stamped("shop_users_snapshots", "2024-02-29", 9),
			stamped("shop_orders_snapshots", "2024-01-31", 8), stamped("shop_users_snapshots", "2024-01-31", 8),
			stamped("shop_orders_snapshots", "2023-12-31", 7), stamped("shop_users_snapshots", "2023-12-31", 7),
			stamped("shop_orders_snapshots", "2023-11-30", 6), stamped("shop_users_snapshots", "2023-11-30", 6),
		}, []string{"shop_orders 2023-12-31 7 shop_orders_snapshots", "shop_users 2023-12-31 7 shop_users_snapshots"}},
		"of different ones, behind others": {[]*snapshotv1.Snapshot{
			stamped("shop_users_snapshots", "2023-12-31", 7), stamped("given_up", "2023-12-31", 1), stamped("given_up", "2023-11-30", 1),
			stamped("given_up", "2023-10-31", 1), stamped("shop_users_snapshots", "2023-10-31", 5), stamped("shop_orders_snapshots", "2023-09-30", 4),
		}, []string{"shop_users 2023-12-31 7 shop_users_snapshots", "shop_orders 2023-09-30 4 shop_orders_snapshots"}},
		"one has none": {[]*snapshotv1.Snapshot{stamped("shop_users_snapshots", "2023-12-31", 7)},
			[]string{"shop_users 2023-12-31 7 shop_users_snapshots"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.catalog = tc.catalog

			requireState(t, s.did(t, ask()), succeeded)

			require.Len(t, s.staged, 1)
			var got []string
			for _, e := range s.staged[0].GetEarlier() {
				got = append(got, fmt.Sprintf("%s %s %d %s", e.GetTable(), e.GetAsOf(), e.GetRows(), e.GetRelation().GetName()))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// Two snapshots of one table are one state to compare with: the nearest.
func TestATableOfTwoSnapshotsIsToldOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := dataset("shop")
	d.Snapshots[1].From = "shop_users"
	s.apply(t, d)
	s.catalog = []*snapshotv1.Snapshot{stamped("shop_orders_snapshots", "2023-12-31", 7), stamped("shop_users_snapshots", "2023-11-30", 6)}

	requireState(t, s.did(t, ask()), succeeded)

	require.Len(t, s.staged[0].GetEarlier(), 1)
	require.Equal(t, "2023-12-31", s.staged[0].GetEarlier()[0].GetAsOf())
}
