package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// call renames a column of a table, as whoever declares it does, in its key too.
func call(t *datasetv1.Table, column, name string) *datasetv1.Column {
	for i, k := range t.GetKey() {
		if k == column {
			t.Key[i] = name
		}
	}
	for _, c := range t.GetColumns() {
		if c.GetName() == column && c.GetRenamedFrom() == "" {
			c.Name, c.RenamedFrom = name, column
			return c
		}
	}
	panic("no column " + column)
}

// shopCalled is the shop in which the key and other columns are called otherwise, one of
// them wider; its rows are those of the shop.
func shopCalled(name string) *datasetv1.Dataset {
	d := shop(name)
	call(d.Tables[0], "user_id", "client")
	call(d.Tables[0], "fee", "price")
	call(d.Tables[1], "user_id", "client")
	call(d.Tables[1], "amount", "total").Type = "numeric(14,2)"
	d.Snapshots[1].Columns = []string{"total"}
	return d
}

var renames = []string{
	`alter table "public"."users_snapshots" rename column "user_id" to "client"`,
	`alter table "public"."users_snapshots" rename column "fee" to "price"`,
	`alter table "public"."orders_snapshots" rename column "amount" to "total"`,
	`alter table "public"."orders_snapshots" rename column "user_id" to "client"`,
	`alter table "public"."orders_snapshots" alter column "total" type numeric(14,2)`,
}

func (s *suite) entry(t *testing.T, d *datasetv1.Dataset, snapshot, asOf string) *snapshotv1.Snapshot {
	t.Helper()
	got, err := s.client.GetSnapshot(context.Background(), &snapshotv1.GetSnapshotRequest{Dataset: d.GetName(), AsOf: asOf})
	require.NoError(t, err)
	for _, one := range got.GetSnapshots() {
		if one.GetSnapshot() == snapshot {
			return one
		}
	}
	require.Fail(t, "no entry of "+snapshot)
	return nil
}

// The hash is by position: what is called otherwise is the same content, before history is
// renamed and after it.
func TestHistoryIsRenamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "create view fees as select as_of, user_id, fee from users_snapshots where fee is not null")
	nodes := "select relname, relfilenode from pg_class where relname like '%\\_\\_2024_01_31\\_\\_r1' order by 1"
	lain := s.db.Rows(t, nodes)
	require.Empty(t, s.check(t, shopCalled("shop"))[0].GetDifferences())
	require.Len(t, s.check(t, shopCalled("shop"))[1].GetExpansions(), 3)

	before := s.deliver(t, shopCalled("shop"), january, shopRowsEqual())
	prepared, err := before.prepare()
	require.NoError(t, err)
	would, err := before.expand(false, true)
	require.NoError(t, err)
	did, err := before.expand(false, false)
	require.NoError(t, err)
	again, err := before.expand(false, false)
	require.NoError(t, err)
	stamped, err := before.stamp()
	require.NoError(t, err)
	after := s.deliver(t, shopCalled("shop"), january, shopRows()).history()
	february := s.deliver(t, shopCalled("shop"), february, shopRowsOther()).history()

	require.ElementsMatch(t, renames, mends(would))
	require.ElementsMatch(t, renames, mends(did))
	require.Empty(t, again)
	require.Equal(t, lain, s.db.Rows(t, nodes), "nothing is rewritten")
	for i, one := range prepared {
		require.True(t, one.GetUnchanged(), one.GetSnapshot())
		require.Equal(t, first[i].GetSnapshot().GetContentHash(), one.GetContentHash())
		require.True(t, stamped[i].GetUnchanged())
		require.True(t, after[i].GetUnchanged())
		require.Empty(t, after[i].GetWithout())
		require.False(t, february[i].GetUnchanged())
	}
	require.Equal(t, []string{"client", "signup", "active", "price", "score", "visits", "note"}, s.entry(t, shopCalled("shop"), "users_snapshots", january).GetColumns())
	require.Equal(t, []string{"{user_id,number,amount}", "{client,number,total}"}, s.db.Rows(t, "select columns from sf_snapshot.catalog where snapshot = 'orders_snapshots' order by as_of"))
	require.Equal(t, []string{"2024-01-31|u1|1.50", "2024-02-29|u1|1.51"}, s.db.Rows(t, "select * from fees where user_id = 'u1' order by 1"), "views follow")
	req := s.deliver(t, shopCalled("shop"), january, shopRows()).prepareRequest()
	req.Verify = true
	verified, _, err := s.prepare(req)
	require.NoError(t, err)
	require.True(t, verified.GetSnapshots()[0].GetUnchanged(), "the rows hash as they did")
	s.requireNoOrphans(t)
}

// Other content is told by the names that are declared, also while history has the older.
func TestOtherContentOfColumnsThatAreRenamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	rows := shopRows()
	rows["orders"] = `values (2, 12.50, 'u1', 'x'), (1, 8, 'u1', 'y'), (1, null, 'u2', null)`
	b := s.deliver(t, shopCalled("shop"), january, rows)
	const want = "orders_snapshots: 1 row differs (1 changed), in total (1): \"u1, 1\" in total"

	_, before := b.prepare()
	_, err := b.expand(false, false)
	require.NoError(t, err)
	_, after := b.prepare()

	require.Contains(t, requireReason(t, before, problem.SnapshotDiffers).Message, want)
	require.Contains(t, requireReason(t, after, problem.SnapshotDiffers).Message, want)
}

// What becomes of partitions is seen by the names that they have: before history is renamed,
// after it, and where a partition was detached at the time.
func TestWhatIsStampedIsLookedAtThroughARename(t *testing.T) {
	t.Parallel()
	const detach = "alter table users_snapshots detach partition " + januaryUsers
	for name, tc := range map[string]struct {
		spoil  string
		stands bool
	}{
		"nothing happened":            {"select 1", true},
		"dropped":                     {"drop table " + januaryUsers, false},
		"truncated":                   {"truncate " + januaryUsers, false},
		"detached":                    {detach, true},
		"detached, and table dropped": {detach + "; drop table users_snapshots cascade", true},
		"detached and edited":         {detach + "; update " + januaryUsers + " set note = 'z'", false},
	} {
		for _, when := range []string{"before the rename", "after the rename"} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				s := newSuite(t)
				s.deliver(t, shop("shop"), january, shopRows()).history()
				b := s.deliver(t, shopCalled("shop"), january, shopRows())
				if when == "after the rename" {
					_, err := b.expand(false, false)
					require.NoError(t, err)
				}
				s.db.Exec(t, tc.spoil)

				got := s.checkStamped(t, shopCalled("shop"), true)
				b = s.deliver(t, shopCalled("shop"), january, shopRows())
				_, err := b.prepare()
				require.NoError(t, err)
				_, err = b.expand(false, false)
				require.NoError(t, err)
				_, err = b.stamp()
				require.NoError(t, err)

				require.Equal(t, tc.stands, got[0].GetStands(), got[0].GetFound())
				require.Equal(t, []string{"u1|1.50|9007199254740993|", "u2|0.10000000000000001|7|a, \"b\"", "u3|<null>|<null>|<null>"},
					s.db.Rows(t, "select client, price, visits, note from users_snapshots where as_of = '2024-01-31' order by 1"))
				require.True(t, s.checkStamped(t, shopCalled("shop"), false)[0].GetStands())
			})
		}
	}
}

// A partition that is attached again while history has the older names has them too.
func TestADetachedPartitionIsAttachedAgainBeforeARename(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{"detached": "select 1", "its table dropped": "drop table users_snapshots cascade"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, "alter table users_snapshots detach partition "+januaryUsers+"; "+spoil)

			got := s.checkStamped(t, shopCalled("shop"), false)
			_, err := s.deliver(t, shopCalled("shop"), february, shopRows()).expand(false, false)
			require.NoError(t, err)

			require.True(t, got[0].GetStands())
			require.Equal(t, []string{"u1|1.50"}, s.db.Rows(t, "select client, price from users_snapshots where client = 'u1'"))
		})
	}
}

// Both names stand, or a person renamed by hand.
func TestRenamesOfHistoryByHand(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "alter table orders_snapshots add column total numeric(14,2)")

	both := s.check(t, shopCalled("shop"))[1]
	s.db.Exec(t, "drop view orders_snapshots_revisions; alter table orders_snapshots drop column total; alter table orders_snapshots rename amount to total; alter table orders_snapshots rename user_id to client")
	b := s.deliver(t, shopCalled("shop"), january, shopRows())
	prepared, err := b.prepare()
	require.NoError(t, err)
	did, err := b.expand(false, false)
	require.NoError(t, err)
	stamped, err := b.stamp()
	require.NoError(t, err)

	require.Equal(t, "expected a column total, or amount, from which it is renamed, found both → drop the newer one, and the run renames the other, with which dates were stamped: "+
		`drop view "public"."orders_snapshots_revisions"; alter table "public"."orders_snapshots" drop column "total" /* the next run makes view public.orders_snapshots_revisions again */`, differences(both)[0])
	require.True(t, prepared[1].GetUnchanged())
	require.Len(t, did, 3, "the two of users, and the type")
	require.True(t, stamped[1].GetUnchanged())
	require.Equal(t, []string{"client", "number", "total"}, s.entry(t, shopCalled("shop"), "orders_snapshots", january).GetColumns())
}

// A view that hangs on a column which is rewritten keeps a migration from it, names and all.
func TestAMigrationOfHistoryThatIsRenamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	d := shop("shop")
	call(d.Tables[1], "number", "place").Type = "bigint"
	b := s.deliver(t, d, february, shopRows())
	s.db.Exec(t, "create view places as select number from orders_snapshots")
	_, refused := b.expand(true, false)
	names := s.db.Rows(t, "select attname from pg_attribute where attrelid = 'orders_snapshots'::regclass and attnum = 2")
	s.db.Exec(t, "drop view places")

	did, err := b.expand(true, false)

	require.Contains(t, requireReason(t, refused, problem.SnapshotTableDiffers).Message, "and view public.places hangs on it")
	require.Equal(t, []string{"number"}, names)
	require.NoError(t, err)
	require.Equal(t, []string{`alter table "public"."orders_snapshots" rename column "number" to "place"`,
		`alter table "public"."orders_snapshots" alter column "place" type bigint using "place"::bigint`}, mends(did))
	b.history()
}
