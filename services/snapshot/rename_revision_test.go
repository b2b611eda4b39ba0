package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// corrected is a state of the shop in which a fee was corrected.
func corrected() map[string]string {
	rows := shopRows()
	rows["users"] = `values ('u2', date '2023-05-06', false, 0.10000000000000001, 2.5, 7, 'a, "b"'),
		('u1', date '2023-01-02', true, 1.75, 'NaN', 9007199254740993, ''), ('u3', null, null, null, null, null, null)`
	return rows
}

const revisions = "select client, revision, price from users_snapshots_revisions where client = 'u1' order by 2"

// Superseded revisions have the newer names with the others, and so has the view over all of
// them, whatever hangs on it.
func TestRevisionsAreRenamed(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]string{
		"nothing hangs on the view":  "select 1",
		"a view hangs on the view":   "create view fees as select user_id, revision, fee from users_snapshots_revisions",
		"the revision was detached":  "alter table sf_history.users_snapshots__kept detach partition " + januaryKept,
		"somebody else has the view": "drop view users_snapshots_revisions; create view users_snapshots_revisions as select user_id, fee from users_snapshots",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.correct(t, shop("shop"), january, corrected()).history()
			s.db.Exec(t, hang)

			b := s.deliver(t, shopCalled("shop"), january, corrected())
			prepared, err := b.prepare()
			require.NoError(t, err)
			_, err = b.expand(false, false)
			require.NoError(t, err)
			again, err := b.expand(false, false)
			require.NoError(t, err)
			_, err = b.stamp()
			require.NoError(t, err)

			require.True(t, prepared[0].GetUnchanged())
			require.Empty(t, again)
			require.Equal(t, []string{"u1|1.50"}, s.db.Rows(t, "select client, price from "+januaryKept+" where client = 'u1'"))
			require.Equal(t, []string{"{client,signup,active,price,score,visits,note}", "{client,signup,active,price,score,visits,note}"},
				s.db.Rows(t, "select columns from sf_snapshot.called where snapshot = 'users_snapshots' order by revision"))
			switch name {
			case "nothing hangs on the view":
				require.Equal(t, []string{"u1|1|1.50", "u1|2|1.75"}, s.db.Rows(t, revisions))
			case "a view hangs on the view":
				require.Equal(t, []string{"u1|1|1.50", "u1|2|1.75"}, s.db.Rows(t, revisions))
				require.Equal(t, []string{"1.50", "1.75"}, s.db.Rows(t, "select fee from fees where user_id = 'u1' order by 1"))
			case "somebody else has the view":
				require.Equal(t, []string{"1.75"}, s.db.Rows(t, "select fee from users_snapshots_revisions where user_id = 'u1'"))
			}
		})
	}
}

// A correction that comes with the rename is prepared before history has the newer names,
// and stamped after it.
func TestACorrectionThatComesWithARename(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"the first": false, "after another": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			if before {
				rows := corrected()
				rows["orders"] = "values (1, 9, 'u1', 'y')"
				s.correct(t, shop("shop"), january, rows).history()
			}
			rows := corrected()
			rows["orders"] = "values (1, 8, 'u1', 'y')"
			b := s.correct(t, shopCalled("shop"), january, rows)

			prepared, err := b.prepare()
			require.NoError(t, err)
			_, err = b.expand(false, false)
			require.NoError(t, err)
			stamped, err := b.stamp()
			require.NoError(t, err)

			restated := prepared[1].GetRestated()
			require.Equal(t, "total", restated.GetColumns()[0].GetColumn())
			require.Empty(t, restated.GetFound())
			require.Equal(t, []string{"client", "number", "total"}, stamped[1].GetSnapshot().GetColumns())
			require.Equal(t, []string{"1|8.00"}, s.db.Rows(t, "select number, total from orders_snapshots"))
			require.Equal(t, []string{"7.00"}, s.db.Rows(t, "select total from orders_snapshots_revisions where client = 'u1' and number = 1 and revision = 1"))
			again := s.deliver(t, shopCalled("shop"), january, rows).history()
			require.True(t, again[1].GetUnchanged())
			s.requireNoOrphans(t)
		})
	}
}
