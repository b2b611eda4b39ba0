package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// club delivers what changed of its members; plans is another snapshot of them.
func club(tb testing.TB, columns ...string) *datasetv1.Dataset {
	tb.Helper()
	columns = append([]string{"{name: id, type: integer}", "{name: plan, type: text}"}, columns...)
	d, mistakes := dataset.Read("club.yaml", fmt.Appendf(nil, `
name: club
calendar: {period: month_end}
tables:
  - {name: members, key: [id], extract: incremental, columns: [%s]}
snapshots: [{name: members_snapshots, from: members}, {name: ids, from: members, columns: [plan]}]
`, strings.Join(columns, ", ")))
	require.NoError(tb, mistakes.Err())
	return d
}

func (s *suite) bases(tb testing.TB, d *datasetv1.Dataset, asOf string) []*stepv1.Base {
	tb.Helper()
	got, err := s.client.GetBase(context.Background(), &snapshotv1.GetBaseRequest{Dataset: d, AsOf: asOf})
	require.NoError(tb, err)
	return got.GetBases()
}

// full brings the members as a full extract.
func (s *suite) full(tb testing.TB, d *datasetv1.Dataset, asOf, rows string) *delivery {
	tb.Helper()
	return s.deliver(tb, d, asOf, map[string]string{"members": rows})
}

// over brings members that were laid over the base of their date, and what was delivered.
func (s *suite) over(tb testing.TB, d *datasetv1.Dataset, asOf, rows, delivered string) *delivery {
	tb.Helper()
	b := s.full(tb, d, asOf, rows)
	b.bases = s.bases(tb, d, asOf)
	require.Len(tb, b.bases, 1)
	whole := b.candidates
	b.stage(map[string]string{"members": delivered})
	whole[0].Delta = &stepv1.Delta{Relation: b.candidates[0].GetRelation(), Rows: b.candidates[0].GetRows()}
	b.candidates = whole
	return b
}

func (s *suite) delivered(tb testing.TB, asOf string) []string {
	tb.Helper()
	at := strings.ReplaceAll(asOf, "-", "_")
	return s.db.Rows(tb, "select id, plan from sf_history.members_snapshots__"+at+"__delta order by id")
}

// The base is the current revision of the newest as_of before, of the snapshot that carries
// every column.
func TestABaseIsTheCurrentStateBefore(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	require.Empty(t, s.bases(t, d, february), "nothing is stamped")
	s.full(t, d, january, "values (1, 'gold')").history()
	require.Empty(t, s.bases(t, d, january), "nothing before")
	first := s.bases(t, d, march)[0]
	again := s.full(t, d, january, "values (1, 'silver'), (2, 'gold')")
	again.reason = "wrong"
	again.history()
	s.full(t, d, february, "values (3, 'gold')").history()

	before := s.bases(t, d, february)[0]

	require.Equal(t, []string{"members", "members_snapshots", january, "public.members_snapshots"},
		[]string{before.GetTable(), before.GetSnapshot(), before.GetAsOf(), relation.Of(before.GetRelation()).String()})
	require.EqualValues(t, 2, before.GetRevision())
	require.EqualValues(t, 2, before.GetRows())
	require.NotEqual(t, first.GetContentHash(), before.GetContentHash())
	require.Equal(t, february, s.bases(t, d, march)[0].GetAsOf())
	require.Equal(t, `name:"id"  stands_as:"id", name:"plan"  stands_as:"plan"`, columnsOf(before))
	grown := club(t, "{name: note, type: text, optional: true}")
	require.Equal(t, columnsOf(before), columnsOf(s.bases(t, grown, february)[0]), "it was stamped without the note")
	renamed := club(t)
	renamed.Tables[0].Columns[1].Name, renamed.Tables[0].Columns[1].RenamedFrom = "tariff", "plan"
	renamed.Snapshots[1].Columns = []string{"tariff"}
	require.Equal(t, `name:"id"  stands_as:"id", name:"tariff"  stands_as:"plan"`, columnsOf(s.bases(t, renamed, february)[0]), "until it is renamed there too")
	require.Empty(t, s.bases(t, shop("shop"), february), "no table of it brings only what changed")
}

func columnsOf(b *stepv1.Base) string {
	var said []string
	for _, c := range b.GetColumns() {
		said = append(said, fmt.Sprintf("name:%q  stands_as:%q", c.GetName(), c.GetStandsAs()))
	}
	return strings.Join(said, ", ")
}

// What an as_of stands on is recorded with each of its snapshots, and the delivered rows are
// kept: those of the last delivery, and none of a full one.
func TestWhatAnAsOfStandsOnIsKept(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold')").history()
	require.Empty(t, s.stand(t))

	b := s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')")
	first := b.history()
	require.Equal(t, []string{"2", "gold"}, strings.Split(s.delivered(t, february)[0], "|"))
	again, err := b.stamp()
	require.NoError(t, err)
	requireSameEntries(t, first, again)
	require.Equal(t, []string{"ids|2024-02-29|1|2024-01-31|1", "members_snapshots|2024-02-29|1|2024-01-31|1"}, s.stand(t))
	require.Equal(t, []string{"members_snapshots|1|sf_history.members_snapshots__2024_02_29__delta"},
		s.db.Rows(t, "select snapshot, rows, relation_schema || '.' || relation_name from sf_snapshot.delta"))
	s.requireNoOrphans(t)

	same := s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (1, 'gold'), (2, 'gold')").history()
	require.True(t, same[0].GetUnchanged())
	require.Equal(t, []string{"1|gold", "2|gold"}, s.delivered(t, february), "what was delivered last")
	other := s.over(t, d, february, "values (1, 'gold'), (2, 'silver')", "values (2, 'silver')")
	other.reason = "wrong"
	other.history()
	require.Equal(t, []string{"2|silver"}, s.delivered(t, february))
	require.Contains(t, s.stand(t), "members_snapshots|2024-02-29|2|2024-01-31|1")
	require.Equal(t, []string{"1", "2"}, s.db.Rows(t, "select distinct revision from members_snapshots_revisions order by 1"), "it is no revision")
	s.requireNoOrphans(t)

	whole := s.full(t, d, february, "values (1, 'gold'), (2, 'silver')").history()
	require.True(t, whole[0].GetUnchanged())
	require.Empty(t, s.delivered(t, february), "the full extract is its candidate")
	require.NotContains(t, s.stand(t), "members_snapshots|2024-02-29|2|2024-01-31|1", "and stands alone")
	s.over(t, d, february, "values (1, 'gold'), (2, 'silver')", "values (2, 'silver')").history()
	require.Equal(t, []string{"2|silver"}, s.delivered(t, february))
	s.requireNoOrphans(t)
}

// stand lists what current and past entries stand on.
func (s *suite) stand(tb testing.TB) []string {
	tb.Helper()
	return s.db.Rows(tb, "select snapshot, as_of::text, revision, base_as_of::text, base_revision from sf_snapshot.base order by 1, 2, 3")
}

func requireSameEntries(tb testing.TB, a, b []*snapshotv1.StampedSnapshot) {
	tb.Helper()
	require.Len(tb, b, len(a))
	for i := range a {
		requireProto(tb, a[i].GetSnapshot(), b[i].GetSnapshot())
	}
}

// What was laid over another content than stands now is neither prepared nor stamped.
func TestABaseThatMovedIsRefused(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold')").history()
	was := s.bases(t, d, february)
	corrected := s.full(t, d, january, "values (1, 'silver')")
	corrected.reason = "wrong"
	corrected.history()
	b := s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')")
	now := b.bases
	b.bases = was

	_, err := b.prepare()

	p := requireReason(t, err, problem.BaseMoved)
	require.Contains(t, p.Message, "members: expected members_snapshots as of 2024-01-31 ("+was[0].GetContentHash()+"), which it was laid over, found 2024-01-31 ("+now[0].GetContentHash()+")")
	b.bases = now
	_, err = b.prepare()
	require.NoError(t, err)
	s.db.Exec(t, `update sf_snapshot.prepared set base = jsonb_set(base, '{hash}', '"h1:0:0"')`)
	_, err = b.stamp()
	requireReason(t, err, problem.BaseMoved)
	require.Empty(t, s.stand(t))
	_, err = b.prepare()
	require.NoError(t, err, "what is prepared for another base is prepared again")
	_, err = b.stamp()
	require.NoError(t, err)
}

// What is given up leaves no delivered rows behind, nor does what is prepared twice.
func TestDeliveredRowsAreDiscarded(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold')").history()
	b := s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')")
	for range 2 {
		_, err := b.prepare()
		require.NoError(t, err)
		s.requireNoOrphans(t)
		require.Len(t, s.db.Rows(t, "select relname from pg_class where relname ~ 'delta__f[0-9]+$' and relkind = 'r'"), 1)
	}
	require.Equal(t, []string{"p"}, s.db.Rows(t, "select relpersistence from pg_class where relname ~ 'delta__f[0-9]+$' and relkind = 'r'"), "they are logged")

	require.NoError(t, b.discard())

	require.Empty(t, s.db.Rows(t, "select relname from pg_class where relname ~ 'delta' and relnamespace = 'sf_history'::regnamespace"))
	lost := s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')")
	lost.candidates[0].Delta.Rows = 5
	_, err := lost.prepare()
	requireReason(t, err, problem.StagingLost)
}

// Delivered rows follow the table as it grows and is renamed.
func TestDeliveredRowsFollowTheTable(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold')").history()
	s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')").history()
	grown := club(t, "{name: note, type: text, optional: true}")
	grown.Tables[0].Columns[1].Name, grown.Tables[0].Columns[1].RenamedFrom = "tariff", "plan"
	grown.Snapshots[1].Columns = []string{"tariff"}
	b := s.over(t, grown, march, "values (1, 'gold', 'x'), (2, 'gold', null)", "values (1, 'gold', 'x')")
	_, err := b.prepare()
	require.NoError(t, err)
	_, err = s.client.Expand(context.Background(), &snapshotv1.ExpandRequest{Context: b.context(), Dataset: grown})
	require.NoError(t, err)
	_, err = b.stamp()
	require.NoError(t, err)

	require.Equal(t, []string{"2|gold|<null>"}, s.db.Rows(t, "select id, tariff, note from sf_history.members_snapshots__2024_02_29__delta"))
	require.Equal(t, []string{"1|gold|x"}, s.db.Rows(t, "select id, tariff, note from sf_history.members_snapshots__2024_03_31__delta"))
	s.requireNoOrphans(t)
}

// stale lists what stands on another state than it was laid over (moved), or on a stale one.
func (s *suite) stale(tb testing.TB) []string {
	tb.Helper()
	return s.db.Rows(tb, "select snapshot, as_of::text, revision, moved, base_as_of::text, base_revision, now_as_of::text, now_revision from sf_snapshot.stale order by 1, 2")
}

// What stands on a state that was corrected, or that came late, is stale, and so is what
// stands on that; until it was laid over what stands now, whether or not its content differs.
func TestWhatStandsOnAnotherStateIsStale(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	const may = "2024-05-31"
	s.full(t, d, january, "values (1, 'gold')").history()
	s.over(t, d, march, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')").history()
	s.over(t, d, "2024-04-30", "values (1, 'gold'), (2, 'gold')", "select 1, 'x' where false").history()
	s.full(t, d, may, "values (5, 'gold')").history()
	s.over(t, d, "2024-06-30", "values (5, 'gold'), (6, 'gold')", "values (6, 'gold')").history()
	require.Empty(t, s.stale(t))

	s.over(t, d, february, "values (1, 'gold')", "select 1, 'x' where false").history()
	require.Empty(t, s.stale(t), "it came late, and changes nothing")
	corrected := s.full(t, d, january, "values (1, 'silver')")
	corrected.reason = "wrong"
	corrected.history()

	both := func(rows ...string) (all []string) {
		for _, snapshot := range []string{"ids", "members_snapshots"} {
			for _, r := range rows {
				all = append(all, snapshot+"|"+r)
			}
		}
		return all
	}
	require.Equal(t, both("2024-02-29|1|t|2024-01-31|1|2024-01-31|2", "2024-03-31|1|f|2024-01-31|1|2024-02-29|1", "2024-04-30|1|f|2024-03-31|1|2024-03-31|1"),
		s.stale(t), "up to the month that was delivered whole")
	again := s.over(t, d, february, "values (1, 'silver')", "select 1, 'x' where false")
	again.reason = "January was wrong"
	again.history()
	require.Equal(t, both("2024-03-31|1|t|2024-01-31|1|2024-02-29|2", "2024-04-30|1|f|2024-03-31|1|2024-03-31|1"), s.stale(t))
	same := s.over(t, d, march, "values (1, 'gold'), (2, 'gold')", "values (1, 'gold'), (2, 'gold')").history()
	require.True(t, same[0].GetUnchanged())
	require.Empty(t, s.stale(t), "March came out as it was, so that April stands on what it stood on")
}

// The rows of a base are held to its hash by whoever lays something over them: whatever was
// done to them by hand is told, with what to do about it, and nothing that only lies otherwise.
func TestABaseIsProvenByItsRows(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold'), (2, 'silver')").history()
	const p = "sf_history.members_snapshots__2024_01_31__r1"
	const whole = "start the run of 2024-01-31 again with --restage --full-extract from the files that it was stamped from"
	for _, c := range []struct{ alter, says, advice, back string }{
		{"vacuum full " + p, "", "", ""},
		{"update members_snapshots set plan = 'iron' where id = 1", "expected other values in " + p, whole, "update members_snapshots set plan = 'gold' where id = 1"},
		{"delete from members_snapshots where id = 1; insert into members_snapshots values (3, '2024-01-31', 'gold')", "expected other values in " + p, whole,
			"update members_snapshots set id = 1 where id = 3"},
		{"delete from members_snapshots where id = 1", "expected 2 rows in " + p + ", found 1", whole, "insert into members_snapshots values (1, '2024-01-31', 'gold')"},
		{"alter table members_snapshots rename plan to tariff", "expected the columns plan in " + p + ", found none", "where a column only has another name by now, give it its own back; otherwise " + whole,
			"alter table members_snapshots rename tariff to plan"},
		{"alter table members_snapshots rename to elsewhere; create view members_snapshots as select * from elsewhere", "is a partition of public.elsewhere, and not of public.members_snapshots",
			`alter table "public"."elsewhere" rename to "members_snapshots"`, `drop view members_snapshots; alter table "public"."elsewhere" rename to "members_snapshots"`},
		{"alter table members_snapshots detach partition " + p, "is no partition of public.members_snapshots any more", "the next run of 2024-01-31 attaches it again",
			"alter table members_snapshots attach partition " + p + " for values in ('2024-01-31')"},
	} {
		s.db.Exec(t, c.alter)

		_, err := s.client.GetBase(context.Background(), &snapshotv1.GetBaseRequest{Dataset: d, AsOf: february, Prove: true})

		if c.says == "" {
			require.NoError(t, err)
			continue
		}
		require.Len(t, s.bases(t, d, february), 1, "who only asks which it is reads nothing")
		told := requireReason(t, err, problem.BaseMoved)
		require.Contains(t, told.Message, c.says)
		require.Contains(t, told.Message, c.advice)
		s.db.Exec(t, c.back)
		_, err = s.client.GetBase(context.Background(), &snapshotv1.GetBaseRequest{Dataset: d, AsOf: february, Prove: true})
		require.NoError(t, err, c.back)
	}
	over := s.over(t, d, february, "values (1, 'gold'), (2, 'bronze')", "values (2, 'bronze')")
	over.history()
	s.db.Exec(t, "update members_snapshots set plan = 'iron' where id = 1 and as_of = '2024-02-29'")
	_, err := s.client.GetBase(context.Background(), &snapshotv1.GetBaseRequest{Dataset: d, AsOf: march, Prove: true})
	told := requireReason(t, err, problem.BaseMoved)
	require.Contains(t, told.Message, "start the run of 2024-02-29 again with --restage from the files", "what changed is not delivered whole")
}
