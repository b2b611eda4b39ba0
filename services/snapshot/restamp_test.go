package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// restamps asks what an as_of is made again from, as a run does.
func (s *suite) restamps(tb testing.TB, d *datasetv1.Dataset, asOf string) (*delivery, *snapshotv1.RestampResponse, error) {
	tb.Helper()
	b := &delivery{tb: tb, suite: s, dataset: d, version: "v1", batch: ident.New(ident.Batch), asOf: asOf, fence: s.db.Fence(tb, d.GetName()), reason: "what it stands on was corrected"}
	got, err := s.client.Restamp(context.Background(), &snapshotv1.RestampRequest{Context: b.context(), AsOf: asOf, Dataset: d})
	return b, got, err
}

// restamp makes the members of an as_of again from what is kept, over what stands before it
// by now, as ingest does, and stamps them.
func (s *suite) restamp(tb testing.TB, d *datasetv1.Dataset, asOf string) []*snapshotv1.StampedSnapshot {
	tb.Helper()
	b, got, err := s.restamps(tb, d, asOf)
	require.NoError(tb, err)
	require.Len(tb, got.GetDeliveries(), 1)
	kept := got.GetDeliveries()[0]
	b.bases, b.tables = s.bases(tb, d, asOf), []string{kept.GetTable()}
	base := b.bases[0]
	delta, before := relation.Of(kept.GetRelation()).SQL(), relation.Of(base.GetRelation()).SQL()
	b.stage(map[string]string{"members": fmt.Sprintf("select id, plan from %s union all select id, plan from %s b where as_of = '%s' and not exists (select from %[1]s d where d.id = b.id)",
		delta, before, base.GetAsOf())})
	whole := b.candidates
	b.stage(map[string]string{"members": "select id, plan from " + delta})
	require.Equal(tb, kept.GetRows(), b.candidates[0].GetRows())
	whole[0].Delta = &stepv1.Delta{Relation: b.candidates[0].GetRelation(), Rows: b.candidates[0].GetRows()}
	b.candidates = whole
	return b.history()
}

func (s *suite) staleDates(tb testing.TB, d *datasetv1.Dataset, from string) []string {
	tb.Helper()
	got, err := s.client.ListStale(context.Background(), &snapshotv1.ListStaleRequest{Dataset: d, From: from})
	require.NoError(tb, err)
	return got.GetAsOf()
}

// One date after the other is made again from what was delivered of it: each gets a revision,
// or keeps the one that has this content, and nothing is stale in the end.
func TestWhatIsStaleIsMadeAgainInOrder(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	require.Equal(t, []string{february, march}, s.staleDates(t, d, january))
	require.Equal(t, []string{march}, s.staleDates(t, d, "2024-03-01"))

	first := s.restamp(t, d, february)

	require.EqualValues(t, 2, first[0].GetSnapshot().GetRevision())
	require.EqualValues(t, 1, first[0].GetRestated().GetChanged())
	require.Equal(t, "what it stands on was corrected", first[0].GetSnapshot().GetReason())
	require.Equal(t, []string{"1|silver", "2|gold"}, s.db.Rows(t, "select id, plan from members_snapshots where as_of = '2024-02-29' order by id"))
	require.Equal(t, []string{"2|gold"}, s.delivered(t, february), "what was delivered is kept as it was")
	require.Equal(t, []string{march}, s.staleDates(t, d, january))
	second := s.restamp(t, d, march)
	require.EqualValues(t, 2, second[0].GetSnapshot().GetRevision())
	require.Equal(t, []string{"1|silver", "2|gold"}, s.db.Rows(t, "select id, plan from members_snapshots where as_of = '2024-03-31' order by id"))
	require.Empty(t, s.staleDates(t, d, january))
	list, err := s.client.ListRestatements(context.Background(), &snapshotv1.ListRestatementsRequest{Dataset: "club"})
	require.NoError(t, err)
	require.Equal(t, []string{march, february, january}, []string{list.GetRestatements()[0].GetAsOf(), list.GetRestatements()[1].GetAsOf(), list.GetRestatements()[2].GetAsOf()})
	_, nothing, err := s.restamps(t, d, march)
	require.NoError(t, err)
	require.Empty(t, nothing.GetDeliveries(), "a second time nothing is to be done")

	// What was corrected in a row that the delivery replaces comes to the same.
	again := s.full(t, d, january, "values (1, 'silver'), (2, 'bronze')")
	again.reason = "once more"
	again.history()
	require.Equal(t, []string{february, march}, s.staleDates(t, d, january))
	same := s.restamp(t, d, february)
	require.True(t, same[0].GetUnchanged())
	require.EqualValues(t, 2, same[0].GetSnapshot().GetRevision())
	require.Empty(t, s.staleDates(t, d, january), "and what stands on it stands well")
}

// What cannot be made again says why, and what to do.
func TestWhatCannotBeMadeAgainSaysWhy(t *testing.T) {
	t.Parallel()
	const supersede = "; deliver 2024-02-29 again with --supersede, the whole table with --full-extract, and go on from the date after it"
	for name, c := range map[string]struct {
		asOf, says string
		spoil      func(t *testing.T, s *suite, d *datasetv1.Dataset)
	}{
		"its rows are gone": {
			february, "members as of 2024-02-29 cannot be made again: sf_history.members_snapshots__2024_02_29__delta, which kept the rows that were delivered, is gone" + supersede,
			func(t *testing.T, s *suite, _ *datasetv1.Dataset) {
				t.Helper()
				s.db.Exec(t, "drop table sf_history.members_snapshots__2024_02_29__delta")
			},
		},
		"nobody kept them": {
			february, "members as of 2024-02-29 cannot be made again: the rows that were delivered are not kept" + supersede,
			func(t *testing.T, s *suite, _ *datasetv1.Dataset) {
				t.Helper()
				s.db.Exec(t, "delete from sf_snapshot.delta")
			},
		},
		"it stands on what is stale": {
			march, "members as of 2024-03-31 cannot be made again: it stands on a state that is stale itself: begin with 2024-02-29",
			func(*testing.T, *suite, *datasetv1.Dataset) {},
		},
		"it is delivered whole by now": {
			february, "it is declared to be delivered whole by now" + supersede,
			func(_ *testing.T, _ *suite, d *datasetv1.Dataset) {
				d.GetTables()[0].Extract = datasetv1.Extract_EXTRACT_FULL
			},
		},
		"it was delivered without what must be": {
			february, "it was delivered without city, which it must have by now" + supersede,
			func(t *testing.T, _ *suite, d *datasetv1.Dataset) {
				t.Helper()
				d.Tables = club(t, "{name: city, type: text}").GetTables()
			},
		},
		"another delivery was rolled back": {
			february, "and what is current is not made of them: it was rolled back" + supersede,
			func(t *testing.T, s *suite, d *datasetv1.Dataset) {
				t.Helper()
				other := s.over(t, d, february, "values (1, 'silver'), (2, 'bronze')", "values (2, 'bronze')")
				other.reason = "another one"
				other.history()
				s.rolledBack(t, d, february, 1, "members_snapshots")
				later := s.full(t, d, january, "values (1, 'iron'), (2, 'silver')")
				later.reason = "once more"
				later.history()
			},
		},
	} {
		s, d := stalled(t)
		c.spoil(t, s, d)

		_, _, err := s.restamps(t, d, c.asOf)

		p := requireReason(t, err, problem.RestampRefused)
		require.Contains(t, p.Message, c.says, name)
	}
}

// A rollback to what was delivered last is made again from it.
func TestWhatARollbackHasAgainIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	s.restamp(t, d, february)
	s.rolledBack(t, d, february, 1, "members_snapshots")
	_, _, err := s.restamps(t, d, february)
	requireReason(t, err, problem.RestampRefused) // the rows that are kept are those of the restamp
	s.rolledBack(t, d, february, 2, "members_snapshots")
	require.Equal(t, []string{march}, s.staleDates(t, d, january))
	again := s.full(t, d, january, "values (1, 'bronze'), (2, 'silver')")
	again.reason = "once more"
	again.history()

	made := s.restamp(t, d, february)

	require.EqualValues(t, 5, made[0].GetSnapshot().GetRevision())
	require.Equal(t, []string{"1|bronze", "2|gold"}, s.db.Rows(t, "select id, plan from members_snapshots where as_of = '2024-02-29' order by id"))
}

// A full extract ends what stands on what was before it.
func TestAFullExtractEndsWhatIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	s.full(t, d, "2024-04-30", "values (1, 'tin')").history()
	s.over(t, d, "2024-05-31", "values (1, 'tin'), (2, 'tin')", "values (2, 'tin')").history()

	require.Equal(t, []string{february, march}, s.staleDates(t, d, january))
	_, got, err := s.restamps(t, d, "2024-05-31")
	require.NoError(t, err)
	require.Empty(t, got.GetDeliveries())
}

// Tables that are not stale are taken as they are stamped, and keep what they have.
func TestOnlyWhatIsStaleIsStampedAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d, mistakes := dataset.Read("club.yaml", []byte(strings.ReplaceAll(`
name: club
calendar: {period: month_end}
tables:
  - {name: members, key: [id], extract: incremental, columns: [{name: id, type: integer}, {name: plan, type: text}]}
  - {name: visits, key: [no], columns: [{name: no, type: integer}, {name: member, type: integer}, {name: note, type: text}]}
  - {name: notes, key: [no], columns: [{name: no, type: integer}]}
snapshots: [{name: members_snapshots, from: members}, {name: visits_snapshots, from: visits, columns: [member]}]
`, "\t", "")))
	require.NoError(t, mistakes.Err())
	rows := map[string]string{"members": "values (1, 'gold'), (2, 'silver')", "visits": "values (7, 1, 'x')", "notes": "values (1)"}
	s.deliver(t, d, january, rows).history()
	march := s.deliver(t, d, february, rows)
	march.bases = s.bases(t, d, february)
	march.candidates[0].Delta = &stepv1.Delta{Relation: march.candidates[0].GetRelation(), Rows: 2}
	march.history()
	rows["members"] = "values (1, 'tin'), (3, 'tin')"
	corrected := s.deliver(t, d, january, rows)
	corrected.reason = "wrong"
	corrected.history()

	_, got, err := s.restamps(t, d, february)
	require.NoError(t, err)
	made := s.restamp(t, d, february)

	require.Len(t, got.GetTables(), 1, "of the notes nothing is kept")
	visits := got.GetTables()[0]
	require.Equal(t, "visits", visits.GetTable())
	require.Equal(t, []string{"note"}, visits.GetLacks())
	require.Equal(t, "visits_snapshots", visits.GetParts()[0].GetSnapshot())
	require.Len(t, made, 1)
	require.Equal(t, []string{"1|gold", "2|silver", "3|tin"}, s.db.Rows(t, "select id, plan from members_snapshots where as_of = '2024-02-29' order by id"))
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select revision from sf_snapshot.catalog where snapshot = 'visits_snapshots' and as_of = '2024-02-29'"))
	require.Empty(t, s.staleDates(t, d, january))
}

// The rows are told to who holds the fence alone.
func TestARestampNeedsItsFence(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	b, _, err := s.restamps(t, d, february)
	require.NoError(t, err)
	s.db.Fence(t, "club")

	_, err = s.client.Restamp(context.Background(), &snapshotv1.RestampRequest{Context: b.context(), AsOf: february, Dataset: d})

	requireReason(t, err, problem.FenceLost)
}

// A date whose delivered rows are gone is delivered again, and keeps them from then on.
func TestRowsThatAreGoneAreKeptAgain(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	s.db.Exec(t, "drop table sf_history.members_snapshots__2024_02_29__delta")
	again := s.over(t, d, february, "values (1, 'silver'), (2, 'gold')", "values (2, 'gold')")
	again.reason = "delivered again"

	again.history()

	require.Equal(t, []string{"2|gold"}, s.delivered(t, february))
	require.Equal(t, []string{march}, s.staleDates(t, d, january))
	s.restamp(t, d, march)
	require.Empty(t, s.staleDates(t, d, january))
}
