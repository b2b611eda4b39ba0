package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// stalled is a club of three months, of which the first one was corrected since.
func stalled(t *testing.T) (*suite, *datasetv1.Dataset) {
	t.Helper()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold'), (2, 'silver')").history()
	s.over(t, d, february, "values (1, 'gold'), (2, 'gold')", "values (2, 'gold')").history()
	s.over(t, d, march, "values (1, 'gold'), (2, 'gold')", "select 1, 'x' where false").history()
	corrected := s.full(t, d, january, "values (1, 'silver'), (2, 'silver')")
	corrected.reason = "wrong"
	corrected.history()
	return s, d
}

// Every list says of a snapshot that it stands on what is another by now, and of no other.
func TestEveryListMarksWhatIsStale(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	ctx := context.Background()
	want := map[string]string{
		january:  "",
		february: "stands on members_snapshots as of 2024-01-31 in revision 1, and revision 2 is current",
		march:    "stands on members_snapshots as of 2024-02-29, which is stale",
	}

	list, err := s.client.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: "club"})
	require.NoError(t, err)
	require.Len(t, list.GetSnapshots(), 6)
	for _, snap := range list.GetSnapshots() {
		require.Equal(t, want[snap.GetAsOf()], snap.GetStale(), snap)
	}
	revisions, err := s.client.ListRevisions(ctx, &snapshotv1.ListRevisionsRequest{Dataset: "club"})
	require.NoError(t, err)
	require.Len(t, revisions.GetRevisions(), 8)
	for _, r := range revisions.GetRevisions() {
		require.Equal(t, want[r.GetAsOf()], r.GetStale(), r)
	}
	one, err := s.client.GetSnapshot(ctx, &snapshotv1.GetSnapshotRequest{Dataset: "club", AsOf: march})
	require.NoError(t, err)
	require.Equal(t, want[march], one.GetSnapshots()[0].GetStale())

	again := s.over(t, d, february, "values (1, 'silver'), (2, 'gold')", "values (2, 'gold')")
	again.reason = "January was"
	again.history()
	revisions, err = s.client.ListRevisions(ctx, &snapshotv1.ListRevisionsRequest{Dataset: "club", AsOf: february})
	require.NoError(t, err)
	for _, r := range revisions.GetRevisions() {
		require.Empty(t, r.GetStale(), "neither the revision that is superseded nor that which is made anew")
	}
	one, err = s.client.GetSnapshot(ctx, &snapshotv1.GetSnapshotRequest{Dataset: "club", AsOf: march})
	require.NoError(t, err)
	require.Equal(t, "stands on members_snapshots as of 2024-02-29 in revision 1, and revision 2 is current", one.GetSnapshots()[0].GetStale())
}

// A month that came late stands before those that were laid over an earlier one.
func TestWhatCameLateIsNamed(t *testing.T) {
	t.Parallel()
	s, d := newSuite(t), club(t)
	s.full(t, d, january, "values (1, 'gold')").history()
	s.over(t, d, march, "values (1, 'gold')", "select 1, 'x' where false").history()
	s.over(t, d, february, "values (1, 'silver')", "values (1, 'silver')").history()

	one, err := s.client.GetSnapshot(context.Background(), &snapshotv1.GetSnapshotRequest{Dataset: "club", AsOf: march})

	require.NoError(t, err)
	require.Equal(t, "stands on members_snapshots as of 2024-01-31, and 2024-02-29 stands before it by now", one.GetSnapshots()[0].GetStale())
}

// gold asks for a set of the members, and of the plan that they have a month later.
func gold(d *datasetv1.Dataset, asOf string) *snapshotv1.BuildTrainingSetRequest {
	return &snapshotv1.BuildTrainingSetRequest{
		Dataset: d.GetName(), Declaration: d, DatasetVersion: dataset.Hash(d), RequestedBy: "a test",
		AsOf: &datasetv1.AsOfDates{Dates: []string{asOf}},
		Definition: &datasetv1.TrainingSet{
			Name: "gold", Entities: &datasetv1.Entities{Snapshot: "members_snapshots"},
			Features:       []*datasetv1.Feature{{Column: "members_snapshots.plan", As: "plan_now", Ttl: proto.Int32(0)}},
			Label:          &datasetv1.Label{Column: "members_snapshots.plan", As: "plan_next"},
			MaxLeakageLift: proto.Float64(1),
		},
		Waive: []string{string(problem.LabelAmongFeatures)},
	}
}

// A training set of what is stale is refused, unless somebody says that it is meant; the
// manifest says so then. As of a moment before the correction nothing is stale.
func TestATrainingSetOfWhatIsStaleIsRefused(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	const says = "expected members_snapshots as of 2024-02-29 to stand on what is known, found that it stands on members_snapshots as of 2024-01-31 in revision 1, and revision 2 is current"

	_, _, err := s.train(gold(d, february))

	p := requireReason(t, err, problem.SnapshotStale)
	require.Contains(t, p.Message, "training set gold would be of what is not so any more: "+says+"; expected members_snapshots as of 2024-03-31")
	meant := gold(d, february)
	meant.Waive = append(meant.GetWaive(), string(problem.SnapshotStale))
	built, _, err := s.train(meant)
	require.NoError(t, err)
	waived := built.GetWaived()[len(built.GetWaived())-1]
	require.Equal(t, string(problem.SnapshotStale), waived.GetReason())
	require.Equal(t, says, waived.GetFound()[0])
	require.Contains(t, built.GetManifest(), string(problem.SnapshotStale))
	list, err := s.client.ListSnapshots(context.Background(), &snapshotv1.ListSnapshotsRequest{Dataset: "club", Snapshot: "ids"})
	require.NoError(t, err)
	then := gold(d, february)
	for _, snap := range list.GetSnapshots() {
		if snap.GetAsOf() == march {
			then.KnownAt = timestamppb.New(snap.GetKnownAt().AsTime())
		}
	}
	_, _, err = s.train(then)
	require.NoError(t, err, "as of then it stood on what was known")
}

// What a stamp will make stale is known when it is prepared, and is what the stamp then says:
// where it corrects, where it comes late, and where it is the content that others stand on.
func TestWhatWouldBeStaleIsKnownBefore(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		asOf, rows string
		want       []string
	}{
		"a correction":         {january, "values (1, 'bronze'), (2, 'silver')", []string{february, march}},
		"the content of stale": {january, "values (1, 'gold'), (2, 'silver')", nil},
		"the last one":         {march, "values (9, 'gold')", nil},
		"late":                 {"2024-02-10", "values (1, 'gold')", []string{february, march}},
		"in the middle":        {february, "values (7, 'gold')", []string{march}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := stalled(t)
			b := s.full(t, d, tc.asOf, tc.rows)
			b.reason = "see"

			prepared, _, err := s.prepare(b.prepareRequest())
			require.NoError(t, err)
			stamped, err := s.stamp(b.stampRequest())
			require.NoError(t, err)

			require.Equal(t, tc.want, prepared.GetStale())
			require.Equal(t, stamped.GetStale(), prepared.GetStale())
		})
	}
}
