package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// check asks what stands under the names of a dataset's snapshots, in their order.
func (s *suite) check(tb testing.TB, d *datasetv1.Dataset) []*stepv1.RelationCheck {
	tb.Helper()
	resp, err := s.client.CheckDataset(context.Background(), &snapshotv1.CheckDatasetRequest{Dataset: d})
	require.NoError(tb, err)
	return resp.GetSnapshots()
}

func differences(c *stepv1.RelationCheck) (all []string) {
	for _, d := range c.GetDifferences() {
		all = append(all, d.GetFound()+" → "+d.GetMend())
	}
	return all
}

func TestCheckSaysWhatStands(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")

	before := s.check(t, d)
	s.deliver(t, d, january, shopRows()).history()
	after := s.check(t, d)
	fewer := shop("shop")
	left := fewer.Snapshots[1].GetName()
	fewer.Snapshots = fewer.Snapshots[:1]
	less := s.check(t, fewer)

	require.Len(t, before, len(d.GetSnapshots()))
	require.Len(t, after, len(d.GetSnapshots()))
	for i, snapshot := range d.GetSnapshots() {
		require.Equal(t, snapshot.GetName(), before[i].GetName())
		require.False(t, before[i].GetExists())
		require.False(t, before[i].GetHasRows())
		require.Empty(t, before[i].GetDifferences())
		require.True(t, after[i].GetExists())
		require.True(t, after[i].GetHasRows())
		require.Empty(t, after[i].GetDifferences(), "its own partitions are in nobody's way")
	}
	require.Len(t, less, 2, "history that no version declares any more is history all the same")
	require.Empty(t, less[1].GetName())
	require.Equal(t, left, less[1].GetRelation().GetName())
	require.True(t, less[1].GetHasRows())
}

func TestCheckSaysWhatARunWouldRefuse(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.db.Exec(t, "create table orders_snapshots (x int)")
	nowhere := shop("shop")
	nowhere.Schema = "nowhere"

	var got []string
	for _, c := range s.check(t, shop("shop")) {
		got = append(got, differences(c)...)
	}

	require.Equal(t, []string{`expected a table partitioned by LIST (as_of), found an ordinary table → alter table "public"."orders_snapshots" rename to "orders_snapshots_before"`}, got)
	for _, c := range s.check(t, nowhere) {
		require.Equal(t, []string{"expected a schema nowhere in which the snapshot service may make tables, found none → " +
			"run `ingestd migrate --data-schema nowhere` and `snapshotd migrate --data-schema nowhere`"}, differences(c))
	}
}

// The history of another dataset, which once had the names, is not continued.
func TestCheckSaysWhoseHistoryLiesThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	_, err := s.client.CheckDataset(t.Context(), &snapshotv1.CheckDatasetRequest{Dataset: shop("store")})
	requireReason(t, err, problem.TableTaken)
	s.db.Exec(t, "select sf_snapshot.give_up_tables('shop')") // as the deletion of the dataset does

	for _, c := range s.check(t, shop("store")) {
		name := c.GetName()
		require.False(t, c.GetHasRows(), "it is not this dataset's")
		require.Equal(t, []string{"expected no partition in the way, found sf_history." + name + "__2024_01_31__r1 FOR VALUES IN ('2024-01-31'), " +
			`which the catalog does not know → alter table "public"."` + name + `" detach partition sf_history.` + name + "__2024_01_31__r1"}, differences(c))
	}
}

// What was dropped by hand is no history any more.
func TestCheckLooksAtWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	s.deliver(t, d, january, shopRows()).history()
	for _, snapshot := range d.GetSnapshots() {
		s.db.Exec(t, "drop table "+snapshot.GetName()+" cascade")
	}

	for _, c := range s.check(t, d) {
		require.False(t, c.GetExists())
		require.False(t, c.GetHasRows())
		require.Empty(t, c.GetDifferences())
	}
}

func TestCheckRefusesADatasetThatCannotBeLaidOut(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Snapshots[0].From = "nothing"

	_, err := s.client.CheckDataset(context.Background(), &snapshotv1.CheckDatasetRequest{Dataset: d})

	requireReason(t, err, problem.DatasetInvalid)
}

func TestCheckWarnsOfFunctionsThatMayFindNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	s.deliver(t, d, january, shopRows()).history()
	require.Empty(t, s.check(t, d)[0].GetWarnings())
	s.db.Exec(t, `create function folded(text) returns text immutable language plpgsql as 'begin return lower($1); end';
		create index folded_note on users_snapshots (folded(note))`)

	c := s.check(t, d)[0]

	require.Empty(t, c.GetDifferences())
	require.Len(t, c.GetWarnings(), 1, "the index of the table and those of its partitions are one")
	require.Contains(t, c.GetWarnings()[0].GetFound(), "index folded_note calls public.folded(text)")
	require.Equal(t, "alter function public.folded(text) set search_path = pg_catalog, public, pg_temp", c.GetWarnings()[0].GetMend())
}
