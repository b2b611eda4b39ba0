package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// lossOf is what the list says of a set, held to what is said of the set alone.
func (s *suite) lossOf(t *testing.T, id string) *snapshotv1.TrainingSet {
	t.Helper()
	list, err := s.client.ListTrainingSets(context.Background(), &snapshotv1.ListTrainingSetsRequest{Dataset: "people"})
	require.NoError(t, err)
	got, err := s.client.GetTrainingSet(context.Background(), &snapshotv1.GetTrainingSetRequest{TrainingSet: id})
	require.NoError(t, err)
	for _, listed := range list.GetTrainingSets() {
		if listed.GetId() == id {
			requireProto(t, got.GetTrainingSet(), listed)
		}
	}
	return got.GetTrainingSet()
}

// Lists say of a training set that rows of it were erased, and which runs did: all of a few,
// the first and the last of more.
func TestListsSayThatRowsOfASetWereErased(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	rows := peopleIn()
	rows["persons"] = "values ('a', 20, 'Ulm', 1), ('b', 21, 'Ulm', 1), ('C', 22, 'Ulm', 1), ('d', 23, 'Ulm', 1), ('e', 24, 'Ulm', 1)"
	s.stamped(t, january, rows)
	s.stamped(t, february, rows)
	built := s.trained(t, trainingRequest(january))
	require.Empty(t, built.GetLost())
	today := s.now(t).UTC().Format("2006-01-02")

	s.erase(t, people(), "run_1", "persons", "a").went(t)
	one := s.lossOf(t, built.GetId())
	require.Equal(t, string(problem.ErasedSince), one.GetLost())
	require.Len(t, one.GetLostSays(), 1)
	require.Contains(t, one.GetLostSays()[0], "of which 1 row was erased since, by me on "+today+" (run_1)")

	s.erase(t, people(), "run_2", "persons", "b").went(t)
	two := s.lossOf(t, built.GetId())
	require.Contains(t, two.GetLostSays()[0], "of which 2 rows were erased since, by me on "+today+" (run_1), by me on "+today+" (run_2)")

	s.erase(t, people(), "run_3", "persons", "d").went(t)
	s.erase(t, people(), "run_4", "persons", "e").went(t)
	four := s.lossOf(t, built.GetId())
	require.Contains(t, four.GetLostSays()[0], fmt.Sprintf("of which 4 rows were erased since, by 4 runs, the first by me on %[1]s (run_1), the last by me on %[1]s (run_4)", today))

	again := s.trained(t, trainingRequest(january))
	require.Empty(t, s.lossOf(t, again.GetId()).GetLost(), "a set of what is there has lost nothing")
}

// They say so of entity rows, of dates that were dropped, and of a revision that is not there.
func TestListsSayWhatASetLost(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	ofRows, ofDate := s.trained(t, asked(askedRows)), s.trained(t, trainingRequest(february))

	s.erase(t, people(), "run_1", "persons", "a").went(t)
	require.Contains(t, strings.Join(s.lossOf(t, ofRows.GetId()).GetLostSays(), "\n"), "entity rows: ERASED_SINCE: expected the 4 rows of asked.csv, of which 2 rows were erased since, by me on ")

	_, err := s.client.ForgetTrainingSet(context.Background(), &snapshotv1.ForgetTrainingSetRequest{TrainingSet: ofDate.GetId(), RequestedBy: "ann"})
	require.NoError(t, err)
	_, err = s.client.ForgetTrainingSet(context.Background(), &snapshotv1.ForgetTrainingSetRequest{TrainingSet: ofRows.GetId(), RequestedBy: "ann"})
	require.NoError(t, err)
	s.retained(t, keeping(people(), 1))
	lost := s.lossOf(t, ofDate.GetId())
	require.Equal(t, string(problem.RetainedNoLonger), lost.GetLost())
	require.Contains(t, strings.Join(lost.GetLostSays(), "\n"), "usage_s as of 2024-02-29: its rows were dropped on ")

	s.db.Exec(t, "alter table sf_snapshot.catalog disable trigger immutable; delete from sf_snapshot.catalog where snapshot = 'usage_s' and as_of = '2024-02-29'")
	require.Contains(t, strings.Join(s.lossOf(t, ofDate.GetId()).GetLostSays(), "\n"), "usage_s as of 2024-02-29: expected revision 1 with h1:1:")
}
