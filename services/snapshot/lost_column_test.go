package snapshot_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// dropNote is what somebody does by hand, although nobody offers it.
const dropNote = "drop view users_snapshots_revisions; alter table users_snapshots drop column note"

// noteless is the shop without the last column of its users.
func noteless() *datasetv1.Dataset {
	d := shop("shop")
	d.Tables[0].Columns = slices.DeleteFunc(d.Tables[0].Columns, func(c *datasetv1.Column) bool { return c.GetName() == "note" })
	return d
}

func notelessRows() map[string]string {
	rows := maps.Clone(shopRows())
	rows["users"] = "values ('u2', date '2023-05-06', false, 0.1, 2.5, 7), ('u1', date '2023-01-02', true, 1.5, 'NaN', 9007199254740993), ('u3', null, null, null, null, null)"
	return rows
}

// wornRows are those of a delivery whose files lack the column, which it is optional in.
func wornRows() map[string]string {
	rows := maps.Clone(shopRows())
	rows["users"] = "values ('u2', date '2023-05-06', false, 0.1, 2.5, 7, null), ('u1', date '2023-01-02', true, 1.5, 'NaN', 9007199254740993, null), ('u3', null, null, null, null, null, null)"
	return rows
}

// expanded delivers as a run does, which adds what a table lacks before it stamps.
func (b *delivery) expanded() []*snapshotv1.StampedSnapshot {
	b.tb.Helper()
	_, err := b.prepare()
	require.NoError(b.tb, err)
	_, err = b.expand(false, false)
	require.NoError(b.tb, err)
	stamped, err := b.stamp()
	require.NoError(b.tb, err)
	return stamped
}

// What dates were stamped with is not offered to be dropped; what nobody stamped is.
func TestNoSQLDropsWhatWasStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "alter table users_snapshots add column mine text")

	found := differences(s.check(t, noteless())[0])

	require.Len(t, found, 2)
	require.Equal(t, "expected no column note, found it as text → keep it in the snapshot (declared with optional: true, files may come without it), or give the snapshot another name, "+
		"whose history begins anew, without it; do not drop it: dates were stamped with it, and without it none of them is what was stamped", found[0])
	require.Contains(t, found[1], `drop it with its values: drop view "public"."users_snapshots_revisions"; alter table "public"."users_snapshots" drop column "mine"`)
	s.db.Exec(t, "insert into sf_snapshot.dropped (dataset, as_of, run, requested_by, why) values ('shop', '2024-01-31', 'run_1', 'eve', 'old')")
	require.Contains(t, differences(s.check(t, noteless())[0])[0], `alter table "public"."users_snapshots" drop column "note"`, "no date that is kept has it")
}

// Of two columns of which one was renamed to the other, the one that dates were stamped with
// stays.
func TestNoSQLDropsTheNameThatWasStamped(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		then, now *datasetv1.Dataset
		add, want string
	}{
		"the older": {shop("shop"), shopCalled("shop"), "total numeric(14,2)", `drop the newer one, and the run renames the other, with which dates were stamped: drop view "public"."orders_snapshots_revisions"; alter table "public"."orders_snapshots" drop column "total"`},
		"the newer": {shopCalled("shop"), shopCalled("shop"), "amount numeric(12,2)", `drop the older one, with which no date was stamped: drop view "public"."orders_snapshots_revisions"; alter table "public"."orders_snapshots" drop column "amount"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, tc.then, january, shopRows()).history()
			s.db.Exec(t, "alter table orders_snapshots add column "+tc.add)

			found := differences(s.check(t, tc.now)[1])

			_, said, _ := strings.Cut(found[0], " → ")
			sql, _, _ := strings.Cut(said, " /*")
			require.Equal(t, tc.want, sql)
			_, sql, _ = strings.Cut(sql, ": ")
			s.db.Exec(t, sql)
			require.Empty(t, differences(s.check(t, tc.now)[1]))
			s.deliver(t, tc.now, january, shopRows()).expanded()
			require.NotContains(t, s.verify(t, false), "TAMPERED")
		})
	}
}

// Somebody dropped the column all the same. What is told leads out, whichever way is taken.
func TestTheWaysOutOfAColumnThatHistoryLost(t *testing.T) {
	t.Parallel()
	readded := func(t *testing.T, s *suite) {
		s.db.Exec(t, dropNote)
		s.deliver(t, shop("shop"), february, shopRows()).expanded()
	}
	dropped := func(t *testing.T, s *suite) { s.db.Exec(t, dropNote) }
	for name, tc := range map[string]struct {
		lose   func(*testing.T, *suite)
		verify bool
	}{
		"to be added yet":        {dropped, false},
		"to be added, restaged":  {dropped, true},
		"added by another run":   {readded, false},
		"added before, restaged": {readded, true},
		"added by hand, at once": {func(t *testing.T, s *suite) {
			s.db.Exec(t, dropNote+"; alter table users_snapshots add column note text")
		}, false},
		"another column, by hand": {func(t *testing.T, s *suite) {
			s.db.Exec(t, "drop view users_snapshots_revisions; alter table users_snapshots drop column fee, drop column note; alter table users_snapshots add column note text, add column fee numeric")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			require.True(t, s.checkStamped(t, shop("shop"), true)[0].GetStands())
			before := s.db.Rows(t, "select user_id, fee, note from users_snapshots order by 1")
			tc.lose(t, s)

			require.False(t, s.checkStamped(t, shop("shop"), true)[0].GetStands(), "unchanged means that it is there")
			b := s.deliver(t, shop("shop"), january, shopRows())
			req := b.prepareRequest()
			req.Verify = tc.verify
			prepared, _, err := s.prepare(req)
			require.NoError(t, err)
			_, err = b.expand(false, false)
			require.NoError(t, err)
			_, err = b.stamp()
			require.NoError(t, err)

			require.False(t, prepared.GetSnapshots()[0].GetUnchanged())
			require.True(t, prepared.GetSnapshots()[1].GetUnchanged())
			require.Equal(t, before, s.db.Rows(t, "select user_id, fee, note from users_snapshots where as_of = '2024-01-31' order by 1"))
			require.Empty(t, s.tampered(t))
			require.True(t, s.checkStamped(t, shop("shop"), true)[0].GetStands())
		})
	}
}

// tampered are the findings of what is not as it was stamped.
func (s *suite) tampered(t *testing.T) (mends []string) {
	t.Helper()
	found, _, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop"})
	require.NoError(t, err)
	for _, f := range found {
		if f.GetMend() != "" {
			mends = append(mends, f.GetFound()+" → "+f.GetMend())
		}
	}
	return mends
}

// A verification names the column, and what brings it back.
func TestAVerificationSaysWhatBringsALostColumnBack(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, dropNote)

	require.Equal(t, []string{"expected the columns note in " + januaryUsers + ", found none → declare note in the dataset, where it does not any more (with optional: true, other files may come without it), " +
		"and run 2024-01-31 again with restage from the files that it was stamped from: the rows are written again, with the column; or restore " + januaryUsers + " from a backup"}, s.tampered(t))
}

// Files that lack the column too are compared with rows that have none: a verdict says so, and
// both ways that it names lead out.
func TestADeliveryOverALostColumnIsAVerdict(t *testing.T) {
	t.Parallel()
	for name, out := range map[string]func(*suite) *delivery{
		"the files that it was stamped from": func(s *suite) *delivery { return s.deliver(t, shop("shop"), january, shopRows()) },
		"a correction":                       func(s *suite) *delivery { return s.correct(t, shop("shop"), january, wornRows()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, dropNote)

			_, err := s.deliver(t, shop("shop"), january, wornRows()).prepare()

			p := requireReason(t, err, problem.SnapshotDiffers)
			require.Contains(t, p.Message, "users_snapshots: it was stamped with note, and history has no column note any more: somebody dropped it, and the rows cannot be compared; the files of batch ")
			require.Contains(t, p.Message, ", run again with --restage, bring it back, with its values; --supersede makes a revision of these files instead")
			out(s).expanded()
			require.Empty(t, s.tampered(t))
		})
	}
}

// A dataset that does not declare the column any more cannot correct a date that has it, of
// another table neither; once it does again, it can.
func TestACorrectionOfADateWithALostColumn(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, dropNote)
	rows := notelessRows()
	rows["orders"] = "values (2, 13, 'u1', 'x')"

	_, err := s.correct(t, noteless(), january, rows).prepare()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Contains(t, p.Message, "users_snapshots: it was stamped with note, which the dataset does not declare any more; no revision takes its place without: "+
		"declare note again, with optional: true where files come without it, and run the date again; or declare the snapshot under another name, whose history begins anew")
	rows["users"] = wornRows()["users"]
	s.correct(t, shop("shop"), january, rows).expanded()
	require.Empty(t, s.tampered(t))
	require.Equal(t, []string{"13.00"}, s.db.Rows(t, "select amount from orders_snapshots"))
}
