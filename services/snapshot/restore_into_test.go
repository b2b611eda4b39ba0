package snapshot_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// shopReferring is the shop with orders of users, of which every column but secret is kept.
func shopReferring(name string) *datasetv1.Dataset {
	d := shop(name)
	d.Tables[1].References = []*datasetv1.Reference{{Columns: []string{"user_id"}, Table: "users"}}
	return d
}

func (s *suite) restore(d *datasetv1.Dataset, asOf, into string, knownAt *timestamppb.Timestamp) (*snapshotv1.RestoreResponse, error) {
	return s.client.Restore(context.Background(), &snapshotv1.RestoreRequest{
		Dataset: d.GetName(), AsOf: asOf, Into: into, KnownAt: knownAt, RequestedBy: "a test", Declaration: d, DatasetVersion: "v1",
	})
}

func (s *suite) restored(tb testing.TB, d *datasetv1.Dataset, asOf, into string, knownAt *timestamppb.Timestamp) *snapshotv1.RestoreResponse {
	tb.Helper()
	resp, err := s.restore(d, asOf, into, knownAt)
	require.NoError(tb, err)
	return resp
}

func TestRestoreWritesTheTablesAsTheyWere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shopReferring("shop")
	first := s.deliver(t, d, january, shopRows()).history()
	before := s.history(t)

	got := s.restored(t, d, january, "back", nil)

	require.Equal(t, "back", got.GetSchema())
	require.Equal(t, first[0].GetSnapshot().GetKnownAt().AsTime(), got.GetKnownAt().AsTime())
	require.Empty(t, got.GetWithout())
	users, orders := got.GetTables()[0], got.GetTables()[1]
	require.Equal(t, "users", users.GetTable())
	require.EqualValues(t, 3, users.GetRows())
	require.Empty(t, users.GetLacks())
	require.Equal(t, "users_snapshots", users.GetRevisions()[0].GetSnapshot())
	require.EqualValues(t, 1, users.GetRevisions()[0].GetRevision())
	require.Equal(t, []string{"secret"}, orders.GetLacks())
	require.Equal(t, []string{"(user_id) → users"}, orders.GetReferences())
	require.Equal(t, []string{"u1|2023-01-02|t|1.50|NaN|9007199254740993|", `u2|2023-05-06|f|0.10000000000000001|2.5|7|a, "b"`, "u3|<null>|<null>|<null>|<null>|<null>|<null>"},
		s.db.Rows(t, "select * from back.users order by 1"))
	require.Equal(t, []string{"1|7.00|u1", "1|<null>|u2", "2|12.50|u1"}, s.db.Rows(t, "select number, amount, user_id from back.orders order by 1, 3"))
	require.Equal(t, []string{
		"back.orders|FOREIGN KEY (user_id) REFERENCES back.users(user_id)", "back.orders|PRIMARY KEY (user_id, number)", "back.users|PRIMARY KEY (user_id)",
	}, s.db.Rows(t, `select conrelid::regclass::text collate "C", pg_get_constraintdef(oid) from pg_constraint where connamespace = 'back'::regnamespace and contype in ('p', 'f') order by 1, 2`),
		"keys and references are those that are declared")
	require.Equal(t, before, s.history(t))
	_, err := s.db.Pool(t, "sf_reader").Exec(t.Context(), "select * from back.users, back.orders")
	require.NoError(t, err)
	s.db.Exec(t, "drop schema back cascade") // whoever migrated owns it
}

// Before a correction became known the tables were others, and can be had.
func TestRestoreAsItWasKnown(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	then := s.restored(t, shop("shop"), january, "before", first[0].GetSnapshot().GetKnownAt())
	now := s.restored(t, shop("shop"), january, "after", nil)
	_, err := s.restore(shop("shop"), january, "never", timestamppb.New(first[0].GetSnapshot().GetKnownAt().AsTime().Add(-time.Microsecond)))

	require.EqualValues(t, 1, then.GetTables()[0].GetRevisions()[0].GetRevision())
	require.EqualValues(t, 2, now.GetTables()[0].GetRevisions()[0].GetRevision())
	require.Equal(t, []string{"u1|1.50", "u2|0.10000000000000001", "u3|<null>"}, s.db.Rows(t, "select user_id, fee from before.users order by 1"))
	require.Equal(t, []string{"u1|1.51"}, s.db.Rows(t, "select user_id, fee from after.users order by 1"))
	requireReason(t, err, problem.SnapshotNotFound)
	require.Empty(t, s.db.Rows(t, "select 1 from pg_namespace where nspname = 'never'"), "nothing is left of what was refused")
}

// What several snapshots keep of a table is put together by its key, under the names that
// its columns have by now.
func TestRestorePutsSnapshotsTogether(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Snapshots = []*datasetv1.Snapshot{
		{Name: "money", From: "users", Columns: []string{"fee"}}, {Name: "words", From: "users", Columns: []string{"note", "visits"}},
	}
	s.deliver(t, d, january, shopRows()).history()
	renamed := shop("shop")
	renamed.Snapshots = d.GetSnapshots()
	renamed.Tables[0].Columns[3].Name, renamed.Tables[0].Columns[3].RenamedFrom = "charge", "fee"
	renamed.Snapshots[0].Columns = []string{"charge"}

	got := s.restored(t, renamed, january, "back", nil)

	require.Len(t, got.GetTables(), 1)
	require.Equal(t, []string{"orders"}, got.GetWithout())
	require.Equal(t, []string{"signup", "active", "score"}, got.GetTables()[0].GetLacks())
	require.Len(t, got.GetTables()[0].GetRevisions(), 2)
	require.Equal(t, []string{"u1|1.50|9007199254740993|", `u2|0.10000000000000001|7|a, "b"`, "u3|<null>|<null>|<null>"},
		s.db.Rows(t, "select user_id, charge, visits, note from back.users order by 1"))
}

func TestRestoreSaysWhichReferencesItCannotMake(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shopReferring("shop")
	rows := shopRows()
	rows["orders"] = `values (1, 7, 'nobody', 'y')`
	s.deliver(t, d, january, rows).history()

	got := s.restored(t, d, january, "back", nil)

	require.Empty(t, got.GetTables()[1].GetReferences())
	require.Equal(t, []string{"(user_id) → users: rows of it have none there"}, got.GetTables()[1].GetLeftOut())
	require.Equal(t, []string{"nobody"}, s.db.Rows(t, "select user_id from back.orders"))
	d.Snapshots = d.GetSnapshots()[1:]
	require.Equal(t, []string{"(user_id) → users: no snapshot of users is stamped"}, s.restored(t, d, january, "alone", nil).GetTables()[0].GetLeftOut())
}

func TestRestoreGoesIntoASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Schema = "mart"
	s.db.Exec(t, "create schema mart; grant usage, create on schema mart to sf_snapshot; create schema closed; create schema full_; create function full_.f() returns int language sql as 'select 1'")
	s.deliver(t, d, january, shopRows()).history()

	for into, why := range map[string]string{
		"mart": "live tables", "sf_mine": "StreamFlow's own", "pg_mine": "PostgreSQL", "information_schema": "PostgreSQL", "public": "PostgreSQL",
		"closed": `grant usage, create on schema "closed" to "sf_snapshot"`, "full_": "f stands there",
	} {
		_, err := s.restore(d, january, into, nil)

		p := requireReason(t, err, problem.SchemaRefused)
		require.Contains(t, p.Message, why, into)
	}
	_, err := s.restore(d, january, "No Schema", nil)
	requireReason(t, err, problem.InvalidRequest)

	s.db.Exec(t, "grant usage, create on schema closed to sf_snapshot")
	s.restored(t, d, january, "closed", nil)
	_, err = s.restore(d, january, "closed", nil)
	requireReason(t, err, problem.SchemaRefused)
}

// Where whoever migrated may make no schema any more, the answer says how one is made.
func TestRestoreSaysHowASchemaIsMade(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	role := "nobody_of_" + s.db.Name
	s.db.Exec(t, "create role "+role+"; alter function sf_snapshot.make_schema(text) owner to "+role)
	t.Cleanup(func() {
		s.db.Exec(t, "alter function sf_snapshot.make_schema(text) owner to current_user; drop role "+role)
	})

	_, err := s.restore(shop("shop"), january, "back", nil)

	require.Contains(t, requireReason(t, err, problem.SchemaRefused).Message, `create schema "back"; grant usage, create on schema "back" to sf_snapshot`)
}

// Rows that are not those that were stamped are not handed out as if they were.
func TestRestoreRefusesWhatWasChanged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ spoil, says string }{
		"changed":  {"update users_snapshots set fee = 0", "holds 3 rows"},
		"emptied":  {"truncate users_snapshots", "holds 0 rows"},
		"dropped":  {"drop table " + januaryUsers, "is gone"},
		"a column": {"alter table users_snapshots drop fee cascade", "has no column fee any more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, tc.spoil)

			_, err := s.restore(shop("shop"), january, "back", nil)

			p := requireReason(t, err, problem.RevisionChanged)
			require.Contains(t, p.Message, "revision 1 of users_snapshots as of 2024-01-31: ")
			require.Contains(t, p.Message, tc.says)
			require.Empty(t, s.db.Rows(t, "select 1 from pg_namespace where nspname = 'back'"))
		})
	}
}

// Of any number at once one writes, and the others are told so.
func TestOneRestoreWritesIntoASchema(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = s.restore(shop("shop"), january, "back", nil) })
	}
	all.Wait()

	written := 0
	for _, err := range errs {
		if err == nil {
			written++
			continue
		}
		requireReason(t, err, problem.SchemaRefused)
	}
	require.Equal(t, 1, written)
	require.Len(t, s.db.Rows(t, "select * from back.users"), 3)
}

// A restore that reads while history is corrected reads one state of it.
func TestRestoreIsOfOneState(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.correct(t, shop("shop"), january, shopRowsOther())
	_, err := b.prepare()
	require.NoError(t, err)
	conn, err := s.db.Owner.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), "begin; lock table sf_history.orders_snapshots__2024_01_31__r1 in access exclusive mode")
	require.NoError(t, err)
	answered := make(chan error, 1)
	go func() {
		_, err := s.restore(shop("shop"), january, "back", nil)
		answered <- err
	}()
	require.Eventually(t, func() bool { return len(s.db.Rows(t, "select 1 from pg_locks where not granted")) > 0 }, 20*time.Second, 10*time.Millisecond)
	_, err = conn.Exec(t.Context(), "commit")
	require.NoError(t, err)
	_, err = b.stamp()
	require.NoError(t, err)

	require.NoError(t, <-answered)
	require.Len(t, s.db.Rows(t, "select 1 from back.users"), 3)
	require.Equal(t, []string{"<null>"}, s.db.Rows(t, "select amount from back.orders where user_id = 'u2'"), "as users was, before the correction")
}
