package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

const januaryUsers = "sf_history.users_snapshots__2024_01_31__r1"

// checkStamped asks whether an as_of is there, as a run does that is given the same files.
func (s *suite) checkStamped(t *testing.T, d *datasetv1.Dataset, lookOnly bool) []*snapshotv1.StampedState {
	t.Helper()
	b := &delivery{suite: s, fence: s.db.Fence(t, d.GetName())}
	got, err := s.client.CheckStamped(context.Background(), &snapshotv1.CheckStampedRequest{
		Context: b.context(), AsOf: january, Dataset: d, LookOnly: lookOnly,
	})
	require.NoError(t, err)
	require.Len(t, got.GetSnapshots(), len(d.GetSnapshots()))
	return got.GetSnapshots()
}

// history is every row of both snapshots, and which partition it lies in.
func (s *suite) history(t *testing.T) []string {
	t.Helper()
	return append(s.db.Rows(t, "select tableoid::regclass, * from users_snapshots order by 2, 3"),
		s.db.Rows(t, "select tableoid::regclass, * from orders_snapshots order by 2, 3, 4")...)
}

func TestWhatIsStampedIsLookedAt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil  string
		stands bool
		found  string
	}{
		"nothing happened": {"select 1", true, ""},
		"an index":         {"create index on users_snapshots (fee)", true, ""},
		"dropped":          {"drop table " + januaryUsers, false, "its partition " + januaryUsers + " is gone"},
		"table dropped":    {"drop table users_snapshots cascade", false, "its partition " + januaryUsers + " is gone"},
		"truncated":        {"truncate users_snapshots", false, "its partition " + januaryUsers + " holds 0 rows of 3"},
		"rows more": {"insert into users_snapshots (user_id, as_of) select 'x' || i, '2024-01-31' from generate_series(1, 1000) i", false,
			"its partition " + januaryUsers + " holds 1,003 rows of 3"},
		"rewritten, with all its rows": {"create table t as table users_snapshots; truncate users_snapshots; insert into users_snapshots table t", true, ""},
		"a row gone, not vacuumed":     {"delete from users_snapshots where user_id = 'u2'", false, "its partition " + januaryUsers + " holds 2 rows of 3"},
		"a row edited":                 {"update users_snapshots set fee = 0 where user_id = 'u2'", false, "its partition " + januaryUsers + " does not hold what was stamped"},
		"a row written as it was":      {"update users_snapshots set fee = fee", true, ""},
		"other rows in their place": {"create table t as table users_snapshots; truncate users_snapshots; insert into users_snapshots select * from (table t) t; update users_snapshots set fee = 0", false,
			"its partition " + januaryUsers + " does not hold what was stamped"},
		"frozen":   {"vacuum freeze " + januaryUsers, true, ""},
		"detached": {"alter table users_snapshots detach partition " + januaryUsers, true, "its partition " + januaryUsers + " was detached, and is attached again"},
		"detached, and its table dropped": {"alter table users_snapshots detach partition " + januaryUsers + "; drop table users_snapshots cascade", true,
			"its partition " + januaryUsers + " was detached, and is attached again"},
		"detached and edited": {"alter table users_snapshots detach partition " + januaryUsers + "; update " + januaryUsers + " set fee = 0", false,
			"its partition " + januaryUsers + " does not hold what was stamped"},
		"detached, and a column dropped": {"alter table users_snapshots detach partition " + januaryUsers + "; alter table " + januaryUsers + " drop fee", false,
			"its partition " + januaryUsers + " does not hold what was stamped"},
		"attached elsewhere": {"create table other (like users_snapshots) partition by list (as_of); alter table users_snapshots detach partition " + januaryUsers +
			"; alter table other attach partition " + januaryUsers + " for values in ('2024-01-31')", false,
			"its partition " + januaryUsers + " is attached to public.other"},
		"no footprint": {"delete from sf_snapshot.footprint", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			before := s.history(t)
			s.db.Exec(t, tc.spoil)

			got := s.checkStamped(t, shop("shop"), false)

			require.Equal(t, tc.stands, got[0].GetStands())
			require.Equal(t, tc.found, got[0].GetFound())
			require.True(t, got[1].GetStands())
			require.Empty(t, got[1].GetFound(), "the other snapshot is as it was")
			if tc.stands {
				require.Equal(t, before, s.history(t))
				require.Empty(t, s.checkStamped(t, shop("shop"), false)[0].GetFound(), "and nothing is left to be done")
			}
		})
	}
}

func TestALookAttachesNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "alter table users_snapshots detach partition "+januaryUsers)

	got := s.checkStamped(t, shop("shop"), true)

	require.True(t, got[0].GetStands())
	require.Equal(t, "its partition "+januaryUsers+" was detached, and would be attached again", got[0].GetFound())
	require.Empty(t, s.db.Rows(t, "select * from users_snapshots"))
}

func TestNothingStampedDoesNotStand(t *testing.T) {
	t.Parallel()
	s := newSuite(t)

	for _, st := range s.checkStamped(t, shop("shop"), false) {
		require.False(t, st.GetStands())
		require.Equal(t, "nothing is stamped", st.GetFound())
	}
}

func TestCheckStampedNeedsALiveFence(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := &delivery{suite: s, fence: s.db.Fence(t, "shop")}
	s.db.Fence(t, "shop")

	_, err := s.client.CheckStamped(context.Background(), &snapshotv1.CheckStampedRequest{Context: b.context(), AsOf: january, Dataset: shop("shop")})

	requireReason(t, err, problem.FenceLost)
}

func TestWhatWasNeverStampedIsTold(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := &delivery{suite: s, fence: s.db.Fence(t, "shop")}
	for asOf, never := range map[string]bool{january: false, february: true} {
		got, err := s.client.CheckStamped(t.Context(), &snapshotv1.CheckStampedRequest{Context: b.context(), AsOf: asOf, Dataset: shop("shop"), LookOnly: true})

		require.NoError(t, err)
		require.Equal(t, never, got.GetNeverStamped(), asOf)
	}
}

// The same content again brings back whatever is not there, under its catalog entry.
func TestTheSameContentBringsHistoryBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ spoil, restored string }{
		"dropped":       {"drop table " + januaryUsers, "its partition " + januaryUsers + " is gone, and is filled again"},
		"table dropped": {"drop table users_snapshots cascade", "its partition " + januaryUsers + " is gone, and is filled again"},
		"truncated":     {"truncate users_snapshots", "its partition " + januaryUsers + " holds 0 rows of 3, and holds it again"},
		"a row more": {"insert into users_snapshots (user_id, as_of) select 'x' || i, '2024-01-31' from generate_series(1, 1000) i",
			"its partition " + januaryUsers + " holds 1,003 rows of 3, and holds it again"},
		"detached": {"alter table users_snapshots detach partition " + januaryUsers, "its partition " + januaryUsers + " was detached, and is attached again"},
		"detached and edited": {"alter table users_snapshots detach partition " + januaryUsers + "; update " + januaryUsers + " set fee = 0",
			"its partition " + januaryUsers + " does not hold what was stamped, and is filled again; what stood there is set aside as " + januaryUsers + "__aside_f2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			before, catalog := s.history(t), s.db.Rows(t, "select * from sf_snapshot.catalog order by snapshot")
			s.db.Exec(t, tc.spoil)
			b := s.deliver(t, shop("shop"), january, shopRows())

			stamped := b.history()

			require.Equal(t, tc.restored, stamped[0].GetRestored())
			require.Empty(t, stamped[1].GetRestored())
			require.Equal(t, before, s.history(t))
			require.Equal(t, catalog, s.db.Rows(t, "select * from sf_snapshot.catalog order by snapshot"), "history is what it was")
			again, err := b.stamp()
			require.NoError(t, err, "the call may be sent twice")
			require.True(t, again[0].GetUnchanged())
			require.True(t, s.checkStamped(t, shop("shop"), false)[0].GetStands())
			require.Equal(t, []string{"t"}, s.db.Rows(t, "select has_table_privilege('sf_reader', '"+januaryUsers+"', 'select')"))
			s.deliver(t, shop("shop"), february, shopRows()).history()
		})
	}
}

// A plan ends with what is prepared: it has to say what a run would put back.
func TestPrepareSaysWhatAStampWillPutBack(t *testing.T) {
	t.Parallel()
	for spoil, want := range map[string]string{
		"select 1":                            "",
		"drop table " + januaryUsers:          "its partition " + januaryUsers + " is gone",
		"truncate users_snapshots":            "its partition " + januaryUsers + " holds 0 rows of 3",
		"drop table orders_snapshots cascade": "",
		"alter table users_snapshots detach partition " + januaryUsers: "", // which needs no files
	} {
		s := newSuite(t)
		s.deliver(t, shop("shop"), january, shopRows()).history()
		s.db.Exec(t, spoil)

		result, err := s.deliver(t, shop("shop"), january, shopRows()).prepare()

		require.NoError(t, err, spoil)
		require.Equal(t, want, result[0].GetFound(), spoil)
		require.Equal(t, want == "", result[0].GetUnchanged(), spoil)
	}
}

// Rows that were edited and are as many as before are seen by whoever asks for more
// than a look.
func TestVerifyFindsWhatWasEdited(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.history(t)
	s.db.Exec(t, "update users_snapshots set fee = 0 where user_id = 'u1'")
	b := s.deliver(t, shop("shop"), january, shopRows())
	req := b.prepareRequest()
	req.Verify = true

	_, _, err := s.prepare(req)
	require.NoError(t, err)
	stamped, err := b.stamp()

	require.NoError(t, err)
	require.Equal(t, "its rows did not have the hash of the catalog, and are written again", stamped[0].GetRestored())
	require.Equal(t, before, s.history(t))
}

// A reader that began before keeps what it began with, to its end.
func TestRowsAreWrittenBackUnderAnOpenReader(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "delete from users_snapshots where user_id = 'u1'")
	s.db.Exec(t, "vacuum full "+januaryUsers)
	reader, err := s.db.Owner.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = reader.Rollback(context.Background()) }()
	count := func() (n int) {
		require.NoError(t, reader.QueryRow(t.Context(), "select count(*) from users_snapshots").Scan(&n))
		return n
	}
	_, err = reader.Exec(t.Context(), "set transaction isolation level repeatable read")
	require.NoError(t, err)
	require.Equal(t, 2, count())
	b := s.deliver(t, shop("shop"), january, shopRows())

	stamped := b.history()

	require.NotEmpty(t, stamped[0].GetRestored())
	require.Equal(t, 2, count())
	require.Equal(t, []string{"3"}, s.db.Rows(t, "select count(*) from users_snapshots"))
}

func TestOtherContentBringsNothingBack(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "drop table "+januaryUsers)

	_, err := s.deliver(t, shop("shop"), january, shopRowsOther()).prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Contains(t, p.Message, "users_snapshots: stamped are 3 rows (h1:3:")
	require.NotContains(t, s.historyTables(t), "users_snapshots__2024_01_31__r1")
}

func TestHistoryThatIsAttachedElsewhereIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "create table other (like users_snapshots) partition by list (as_of); alter table users_snapshots detach partition "+januaryUsers+
		"; alter table other attach partition "+januaryUsers+" for values in ('2024-01-31')")

	_, err := s.deliver(t, shop("shop"), january, shopRows()).prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Contains(t, p.Message, "its partition "+januaryUsers+" is attached to public.other, and was stamped into public.users_snapshots; detach it there")
}

// What is taken away between Prepare and Stamp is prepared again, and not called stamped.
func TestStampLooksAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.history(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	s.db.Exec(t, "drop table "+januaryUsers)

	_, err = b.stamp()

	p := requireReason(t, err, problem.NotPrepared)
	require.Contains(t, p.Message, "its rows were there when it was prepared, and now its partition "+januaryUsers+" is gone")
	require.NotEmpty(t, b.history()[0].GetRestored())
	require.Equal(t, before, s.history(t))
}

// An as_of that was stamped before the dataset had a column comes back without it.
func TestHistoryComesBackAsItWasStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "drop table "+januaryUsers+"; alter table users_snapshots add channel text; alter table orders_snapshots add channel text")
	rows := shopRowsGrown()
	rows["users"] = `values ('u2', date '2023-05-06', false, 0.10000000000000001, 2.5, 7, 'a, "b"', 'web'),
		('u1', date '2023-01-02', true, 1.50, 'NaN', 9007199254740993, '', 'web'), ('u3', null, null, null, null, null, null, null)`

	stamped := s.deliver(t, shopGrown("shop"), january, rows).history()

	require.Equal(t, first[0].GetSnapshot().String(), stamped[0].GetSnapshot().String())
	require.Equal(t, []string{"channel"}, stamped[0].GetWithout())
	require.Equal(t, []string{"0|3"}, s.db.Rows(t, "select count(channel), count(*) from users_snapshots"))
}

// A partition that was detached while its table got a column gets it as well.
func TestADetachedPartitionGetsTheColumnsOfItsTable(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "alter table users_snapshots detach partition "+januaryUsers+"; alter table users_snapshots add channel text; alter table orders_snapshots add channel text")

	got := s.checkStamped(t, shopGrown("shop"), false)

	require.True(t, got[0].GetStands(), got[0].GetFound())
	require.Equal(t, []string{"0|3"}, s.db.Rows(t, "select count(channel), count(*) from users_snapshots"))
}
