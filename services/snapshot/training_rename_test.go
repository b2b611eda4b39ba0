package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// peopleCalled is the dataset of people in which the key and a feature are called otherwise.
func peopleCalled() *datasetv1.Dataset {
	d := people()
	for _, table := range []int{0, 1, 3} {
		call(d.Tables[table], "id", "person")
	}
	call(d.Tables[1], "hours", "watched_hours")
	d.TrainingSets[0].Features[1].Column = "usage_s.watched_hours"
	return d
}

// A training set goes by what its columns are: renamed or not yet, by a run or before it,
// the rows are the same, and what was built under the older names is made again.
func TestTrainingSetsOutliveRenames(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	older := s.trained(t, trainingRequest(january))
	first, err := s.export(older.GetId())
	require.NoError(t, err)
	req := trainingRequest(january)
	req.Declaration = peopleCalled()
	req.DatasetVersion = dataset.Hash(req.GetDeclaration())
	want := "person" + first.text[len("id"):]

	declared := s.trained(t, req) // no run has renamed anything yet
	require.Equal(t, want, s.csv(t, declared))

	b := s.deliver(t, peopleCalled(), march, peopleIn())
	_, err = b.prepare()
	require.NoError(t, err)
	_, err = b.expand(false, false)
	require.NoError(t, err)
	_, err = b.stamp()
	require.NoError(t, err)

	renamed := s.trained(t, req)
	require.Equal(t, want, s.csv(t, renamed))
	require.Equal(t, want, s.csv(t, declared))
	for _, set := range []*snapshotv1.TrainingSet{older, declared, renamed} {
		again, err := s.export(set.GetId())
		require.NoError(t, err)
		rebuilt, err := s.rebuild(again.file.GetManifest())
		require.NoError(t, err)
		require.Equal(t, again.text, rebuilt.text)
		verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: again.file.GetManifest()})
		require.NoError(t, err)
		require.True(t, verified.GetSame(), verified.GetDifferences())
	}
	again, err := s.export(older.GetId())
	require.NoError(t, err)
	require.Equal(t, first.text, again.text, "under the names that it was built with")
	require.Equal(t, first.file.String(), again.file.String())
}

// A column that the dataset got later is NULL in the months before, and no error.
func TestAFeatureThatWasNotCollectedYetIsNull(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	grown := people()
	grown.Tables[1].Columns = append(grown.Tables[1].Columns, &datasetv1.Column{Name: "device", Type: "text", Optional: true})
	grown.TrainingSets[0].Features = []*datasetv1.Feature{{Column: "usage_s.device"}, {Column: "usage_s.hours"}}
	req := trainingRequest(january)
	req.Declaration, req.DatasetVersion = grown, dataset.Hash(grown)
	req.Waive = []string{"LABEL_NOT_STAMPED"}

	built := s.trained(t, req)

	require.Equal(t, []string{"C,2024-01-31,,,", "a,2024-01-31,,1.5,", "b,2024-01-31,,2.25,"}, lines(s.csv(t, built))[1:])
}

// What is superseded is what a set that was built before goes on with.
func TestASetKeepsTheRevisionThatItWasBuiltOf(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	before := s.trained(t, trainingRequest(january))
	first := s.csv(t, before)
	s.correct(t, people(), january, with(peopleIn(), "usage", `values ('a', 9, false)`)).history()
	s.correct(t, people(), february, with(peopleIn(), "outcomes", `values ('a', false), ('b', true), ('C', null::boolean)`)).history()

	after := s.trained(t, trainingRequest(january))

	require.Equal(t, first, s.csv(t, before))
	require.Equal(t, []string{"C,2024-01-31,41,,,,", "a,2024-01-31,20,9,false,4,false", "b,2024-01-31,30,,,3,true"}, lines(s.csv(t, after))[1:])
	verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{TrainingSet: before.GetId()})
	require.NoError(t, err)
	require.True(t, verified.GetSame(), verified.GetDifferences())
	for _, p := range after.GetSnapshots() {
		want := int32(1)
		if p.GetSnapshot() == "usage_s" || p.GetSnapshot() == "outcomes_s" {
			want = 2
		}
		require.Equal(t, want, p.GetRevision(), p.GetSnapshot())
	}
}
