package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// rollsBack begins a rollback, as a run does: it asks what is made current again, and makes
// candidates of it, as ingest does.
func (s *suite) rollsBack(tb testing.TB, d *datasetv1.Dataset, asOf string, revision int32, of string) (*delivery, *snapshotv1.RollbackResponse, error) {
	tb.Helper()
	b := &delivery{tb: tb, suite: s, dataset: d, version: "v1", batch: ident.New(ident.Batch), asOf: asOf, fence: s.db.Fence(tb, d.GetName()), reason: "it was right before"}
	got, err := s.client.Rollback(context.Background(), &snapshotv1.RollbackRequest{
		Context: b.context(), AsOf: asOf, Dataset: d, ToRevision: revision, RevisionOf: of,
	})
	if err != nil {
		return nil, nil, err
	}
	b.rollback = got.GetTarget()
	for _, t := range got.GetTables() {
		b.candidates = append(b.candidates, s.candidateOf(tb, b, t))
	}
	return b, got, nil
}

// candidateOf makes a candidate out of revisions: NULL in what they do not carry.
func (s *suite) candidateOf(tb testing.TB, b *delivery, t *stepv1.RevisedTable) *stepv1.Candidate {
	tb.Helper()
	var declared *datasetv1.Table
	for _, one := range b.dataset.GetTables() {
		if one.GetName() == t.GetTable() {
			declared = one
		}
	}
	var columns, values []string
	for _, c := range declared.GetColumns() {
		value := "null"
		for i, p := range t.GetParts() {
			for _, has := range p.GetColumns() {
				if has.GetName() == c.GetName() {
					value = fmt.Sprintf("p%d.%s", i, relation.Quote(has.GetStandsAs()))
				}
			}
		}
		columns = append(columns, relation.Quote(c.GetName())+" "+c.GetType())
		values = append(values, value)
	}
	from := ""
	for i, p := range t.GetParts() {
		on := ""
		for _, k := range declared.GetKey() {
			on += fmt.Sprintf(" and p%d.%s = p0.%[2]s", i, relation.Quote(k))
		}
		if i == 0 {
			from = relation.Of(p.GetRelation()).SQL() + " p0"
			continue
		}
		from += fmt.Sprintf(" join %s p%d on %s", relation.Of(p.GetRelation()).SQL(), i, strings.TrimPrefix(on, " and "))
	}
	r := relation.Relation{Schema: "sf_staging", Name: b.batch + "_" + t.GetTable()}
	s.db.Exec(tb, "create unlogged table "+r.SQL()+" ("+strings.Join(columns, ", ")+"); insert into "+r.SQL()+" select "+strings.Join(values, ", ")+" from "+from+
		"; grant select on "+r.SQL()+" to sf_snapshot")
	return &stepv1.Candidate{Table: t.GetTable(), Relation: r.Proto(), Rows: t.GetParts()[0].GetRows()}
}

// rolledBack rolls back, and fails the test where that fails.
func (s *suite) rolledBack(tb testing.TB, d *datasetv1.Dataset, asOf string, revision int32, of string) []*snapshotv1.StampedSnapshot {
	tb.Helper()
	b, _, err := s.rollsBack(tb, d, asOf, revision, of)
	require.NoError(tb, err)
	return b.history()
}

const restoresSQL = "select snapshot, revision, coalesce(restores, 0), current, reason from sf_snapshot.catalog where as_of = '2024-01-31' order by 1, 2"

func TestRollbackMakesARevisionOfTheSameContent(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	then := s.db.Rows(t, "select * from users_snapshots order by 1")
	wrong := s.correct(t, shop("shop"), january, shopRowsOther())
	wrong.history()
	before := s.oids(t)

	b, told, err := s.rollsBack(t, shop("shop"), january, 0, "")
	require.NoError(t, err)
	prepared, err := b.prepare()
	require.NoError(t, err)
	stamped, err := b.stamp()
	require.NoError(t, err)
	again, err := b.stamp()
	require.NoError(t, err)

	require.Equal(t, first[0].GetSnapshot().GetBatch(), told.GetTarget().GetBatch())
	require.Equal(t, first[0].GetSnapshot().GetKnownAt().AsTime(), told.GetTarget().GetKnownAt().AsTime())
	require.Equal(t, []string{"secret"}, told.GetTables()[1].GetLacks())
	require.Empty(t, told.GetTables()[0].GetLacks())
	want := &stepv1.RestatedSnapshot{
		Snapshot: "users_snapshots", Revision: 3, Supersedes: 2, Restores: 1, Rows: 3, Added: 2, Changed: 1,
		Columns: []*stepv1.ColumnCount{{Column: "fee", Updated: 1}},
		First: []*stepv1.RestatedRow{
			{Key: []string{"u1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Columns: []string{"fee"}},
			{Key: []string{"u2"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED},
			{Key: []string{"u3"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED},
		},
	}
	requireProto(t, want, prepared[0].GetRestated())
	requireProto(t, want, stamped[0].GetRestated())
	requireProto(t, stamped[0].GetSnapshot(), again[0].GetSnapshot())
	require.EqualValues(t, 1, stamped[0].GetSnapshot().GetRestores())
	require.Equal(t, first[0].GetSnapshot().GetContentHash(), stamped[0].GetSnapshot().GetContentHash())
	require.Equal(t, then, s.db.Rows(t, "select * from users_snapshots order by 1"))
	require.Equal(t, []string{
		"orders_snapshots|1|0|f|", "orders_snapshots|2|0|f|the extract was wrong", "orders_snapshots|3|1|t|it was right before",
		"users_snapshots|1|0|f|", "users_snapshots|2|0|f|the extract was wrong", "users_snapshots|3|1|t|it was right before",
	}, s.db.Rows(t, restoresSQL))
	require.Equal(t, []string{b.batch}, s.db.Rows(t, "select batch from sf_snapshot.stamped"), "history holds the content of the rollback's batch")
	require.Equal(t, before, s.oids(t), "the table and its partition are those that they were")
	require.Equal(t, []string{"1|3", "2|1", "3|3"}, s.db.Rows(t, "select revision, count(*) from users_snapshots_revisions group by 1 order by 1"))
	s.requireNoOrphans(t)
}

// A second rollback goes on to what was known before the first one's target, and does not
// bring back what that took away.
func TestRollbackTwiceBringsNothingBack(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	third := shopRows()
	third["users"] = `values ('u1', null, null, 3, null, null, null)`
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()
	s.correct(t, shop("shop"), january, third).history()
	fee := func() []string { return s.db.Rows(t, "select fee from users_snapshots where user_id = 'u1'") }

	s.rolledBack(t, shop("shop"), january, 0, "")
	require.Equal(t, []string{"1.51"}, fee())
	s.rolledBack(t, shop("shop"), january, 0, "")
	require.Equal(t, []string{"1.50"}, fee())
	_, _, err := s.rollsBack(t, shop("shop"), january, 0, "")

	p := requireReason(t, err, problem.RollbackRefused)
	require.Contains(t, p.Message, "was rolled back already, and nothing else was known of it before")
	s.rolledBack(t, shop("shop"), january, 3, "users_snapshots")
	require.Equal(t, []string{"3"}, fee(), "a later revision is gone to by its number")
	s.rolledBack(t, shop("shop"), january, 0, "")
	require.Equal(t, []string{"1.51"}, fee(), "what was known before revision 3")
	s.requireNoOrphans(t)
}

// To go to what is current already is no change.
func TestRollbackToWhatIsCurrent(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	for range 2 {
		got := s.rolledBack(t, shop("shop"), january, 1, "")
		require.EqualValues(t, 3, got[0].GetSnapshot().GetRevision())
	}

	require.Len(t, s.revisionsOf(t, "users_snapshots", january), 3)
	require.Len(t, s.db.Rows(t, "select 1 from sf_snapshot.restatement"), 2)
}

// A revision of a number is a state of all snapshots; where they have it from different
// deliveries, somebody has to say whose is meant.
func TestRollbackToARevisionOfOneSnapshot(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	users, both := shopRows(), shopRowsOther()
	users["users"] = both["users"]
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, users).history() // of users alone: revision 2
	s.correct(t, shop("shop"), january, both).history()  // of orders alone: revision 2

	_, _, err := s.rollsBack(t, shop("shop"), january, 2, "")
	p := requireReason(t, err, problem.RollbackRefused)
	require.Contains(t, p.Message, "revision 2 became known at 2 moments: ")
	require.Contains(t, p.Message, " of users_snapshots; ")
	b, told, err := s.rollsBack(t, shop("shop"), january, 2, "users_snapshots")
	require.NoError(t, err)
	requireProto(t, &stepv1.RollbackTarget{
		KnownAt: told.GetTarget().GetKnownAt(), Batch: told.GetTarget().GetBatch(),
		Revisions: []*stepv1.SnapshotRevision{{Snapshot: "orders_snapshots", Revision: 1}, {Snapshot: "users_snapshots", Revision: 2}},
	}, told.GetTarget())
	got := b.history()

	require.True(t, got[0].GetUnchanged(), "users were so when they were corrected")
	require.EqualValues(t, 1, got[1].GetSnapshot().GetRestores())
	for _, wrong := range []struct {
		revision int32
		of, says string
	}{{9, "", "expected a revision up to 3, found 9"}, {3, "users_snapshots", "expected a revision up to 2, found 3"}, {1, "visits", `found "visits"`}} {
		_, _, err := s.rollsBack(t, shop("shop"), january, wrong.revision, wrong.of)
		require.Contains(t, requireReason(t, err, problem.RollbackRefused).Message, wrong.says)
	}
}

func TestRollbackNeedsSomethingBefore(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	_, _, err := s.rollsBack(t, shop("shop"), january, 0, "")
	requireReason(t, err, problem.SnapshotNotFound)
	s.deliver(t, shop("shop"), january, shopRows()).history()

	_, _, err = s.rollsBack(t, shop("shop"), january, 0, "")

	require.Contains(t, requireReason(t, err, problem.RollbackRefused).Message, "nothing else was known of 2024-01-31 before what is current")
}

// A revision from before the dataset got a column has it not, and is the same content.
func TestRollbackToBeforeTheDatasetGrew(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	grown := shopGrown("shop")
	rows := shopRowsGrown()
	rows["users"] = strings.Replace(rows["users"], "'', null)", "'', 'web')", 1)
	b := s.correct(t, grown, january, rows)
	_, err := b.prepare()
	require.NoError(t, err)
	_, err = b.expand(false, false)
	require.NoError(t, err)
	_, err = b.stamp()
	require.NoError(t, err)
	require.Equal(t, []string{"web"}, s.db.Rows(t, "select channel from users_snapshots where user_id = 'u1'"))

	got := s.rolledBack(t, grown, january, 1, "users_snapshots")

	require.Equal(t, first[0].GetSnapshot().GetContentHash(), got[0].GetSnapshot().GetContentHash())
	require.Equal(t, first[0].GetSnapshot().GetColumns(), got[0].GetSnapshot().GetColumns())
	require.Equal(t, []string{"channel"}, got[0].GetWithout())
	require.Equal(t, []string{"<null>"}, s.db.Rows(t, "select channel from users_snapshots where user_id = 'u1'"))
	for _, st := range s.checkStamped(t, grown, true) {
		require.True(t, st.GetStands(), st.GetFound())
	}
	s.requireNoOrphans(t)
}

// A snapshot that was first stamped later keeps what it has.
func TestRollbackLeavesWhatWasNotKnownThen(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	alone := shop("shop")
	alone.Snapshots = alone.GetSnapshots()[:1]
	s.deliver(t, alone, january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	b, told, err := s.rollsBack(t, shop("shop"), january, 0, "")
	require.NoError(t, err)
	got := b.history()

	require.Equal(t, []string{"orders_snapshots"}, told.GetKeep())
	require.Equal(t, []string{"orders"}, told.GetWithout())
	require.Len(t, got, 1)
	require.Equal(t, []string{"orders_snapshots|1|0|t|", "users_snapshots|1|0|f|", "users_snapshots|2|0|f|the extract was wrong", "users_snapshots|3|1|t|it was right before"},
		s.db.Rows(t, restoresSQL))
}

// Rows that are not those of the revision are made current by nobody.
func TestRollbackRefusesWhatWasChanged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil string
		asked bool
	}{
		"dropped": {"drop table " + januaryKept, false}, "a column": {"alter table sf_history.users_snapshots__kept drop fee cascade", false},
		"changed": {"update " + januaryKept + " set fee = 0", true}, "of a candidate": {"", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.correct(t, shop("shop"), january, shopRowsOther()).history()
			before := s.history(t)
			s.db.Exec(t, tc.spoil)

			b, _, err := s.rollsBack(t, shop("shop"), january, 0, "")
			if tc.asked {
				require.NoError(t, err)
				if tc.spoil == "" {
					s.db.Exec(t, "update "+b.candidate("users").SQL()+" set visits = 1")
				}
				_, err = b.prepare()
			}

			requireReason(t, err, problem.RevisionChanged)
			require.Equal(t, before, s.history(t))
		})
	}
}

// Where the rows that are superseded are gone, the earlier revision is filled all the same.
func TestRollbackOfRowsThatAreGone(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, shopRowsOther()).history()
	s.db.Exec(t, "drop table "+januaryUsers)

	got := s.rolledBack(t, shop("shop"), january, 0, "")

	require.EqualValues(t, 1, got[0].GetSnapshot().GetRestores())
	require.Contains(t, got[0].GetRestated().GetFound(), "is gone")
	require.Len(t, s.db.Rows(t, "select 1 from users_snapshots"), 3)
	s.requireNoOrphans(t)
}

func TestRollbackNeedsALiveFence(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := &delivery{suite: s, fence: s.db.Fence(t, "shop")}
	s.db.Fence(t, "shop")

	_, err := s.client.Rollback(context.Background(), &snapshotv1.RollbackRequest{Context: b.context(), AsOf: january, Dataset: shop("shop")})

	requireReason(t, err, problem.FenceLost)
}
