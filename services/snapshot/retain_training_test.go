package snapshot_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// stampPeople stamps the first months of people.
func (s *suite) stampPeople(t testing.TB, n int) {
	t.Helper()
	for _, asOf := range months[:n] {
		s.stamped(t, asOf, peopleIn())
	}
}

// A training set keeps the dates that it stands on, those of its labels included, until it is
// forgotten. What becomes of it then is said by every way to make it.
func TestATrainingSetKeepsItsDatesUntilItIsForgotten(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampPeople(t, 4)
	ctx := context.Background()
	built := s.trained(t, trainingRequest(january))
	d := keeping(people(), 1)

	require.Equal(t, []string{"2024-03-31"}, s.retained(t, d))
	require.Equal(t, []string{"2024-04-30 KEPT", "2024-03-31 DROPPED", "2024-02-29 HELD", "2024-01-31 HELD"}, s.planned(t, d, ""))
	plan, err := s.client.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{Dataset: "people", Declaration: d})
	require.NoError(t, err)
	require.Equal(t, "training set "+built.GetId()+" stands on it", plan.GetDates()[3].GetWhy())
	require.Equal(t, []string{built.GetId()}, plan.GetDates()[3].GetTrainingSets())

	for range 2 { // twice is once
		forgotten, err := s.client.ForgetTrainingSet(ctx, &snapshotv1.ForgetTrainingSetRequest{TrainingSet: built.GetId(), Reason: "model 7 is retired", RequestedBy: "ann"})
		require.NoError(t, err)
		require.Equal(t, "model 7 is retired", forgotten.GetTrainingSet().GetForgotten().GetReason())
		require.Equal(t, "ann", forgotten.GetTrainingSet().GetForgotten().GetForgottenBy())
	}
	same, err := s.client.VerifyTrainingSet(ctx, &snapshotv1.VerifyTrainingSetRequest{TrainingSet: built.GetId()})
	require.NoError(t, err)
	require.True(t, same.GetSame(), "it can be made for as long as its dates are there")

	require.Equal(t, []string{"2024-02-29", "2024-01-31"}, s.retained(t, d))

	verified, err := s.client.VerifyTrainingSet(ctx, &snapshotv1.VerifyTrainingSetRequest{TrainingSet: built.GetId()})
	require.NoError(t, err)
	require.False(t, verified.GetSame())
	require.Len(t, verified.GetDifferences(), 4, "each revision that it is made of")
	require.Contains(t, verified.GetDifferences()[0], "RETAINED_NO_LONGER: homes_s as of 2024-01-31: its rows were dropped on ")
	_, err = s.export(built.GetId())
	requireReason(t, err, problem.RetainedNoLonger)
	_, err = s.rebuild(built.GetManifest())
	requireReason(t, err, problem.RetainedNoLonger)
	_, _, err = s.train(trainingRequest(january))
	p := requireReason(t, err, problem.RetainedNoLonger)
	require.Contains(t, p.Message, "persons_s as of 2024-01-31")

	listed, err := s.client.ListTrainingSets(ctx, &snapshotv1.ListTrainingSetsRequest{Dataset: "people"})
	require.NoError(t, err)
	require.Len(t, listed.GetTrainingSets(), 1, "it stays in the lists")
	require.NotNil(t, listed.GetTrainingSets()[0].GetForgotten())
	_, err = s.client.ForgetTrainingSet(ctx, &snapshotv1.ForgetTrainingSetRequest{TrainingSet: "trn_nobody", RequestedBy: "ann"})
	requireReason(t, err, problem.TrainingSetNotFound)
}

// One that declares for how long keeps its dates for so long.
func TestATrainingSetMayKeepItsDatesForAWhile(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampPeople(t, 3)
	built := s.trained(t, defined(func(set *datasetv1.TrainingSet) { set.KeepFor = 30 }, january))
	require.Equal(t, 30*24*time.Hour, built.GetKeptUntil().AsTime().Sub(built.GetCreatedAt().AsTime()))
	d := keeping(people(), 1)
	require.Empty(t, s.retained(t, d))

	s.db.Exec(t, "update sf_snapshot.training_set set kept_until = now() - interval '1 second'")

	require.Equal(t, []string{"2024-02-29", "2024-01-31"}, s.retained(t, d))
}

// NULL in place of a value that was known and was dropped would be wrong in silence: it is
// refused, unless it is meant.
func TestATrainingSetSaysWhatItWouldLack(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampPeople(t, 1)
	without := with(peopleIn(), "usage", `values ('a', 1.50, true), ('b', 2.250, false)`)
	s.stamped(t, february, without)
	s.stamped(t, months[2], peopleIn())
	anyAge := defined(func(*datasetv1.TrainingSet) {}, february)
	s.retained(t, keeping(people(), 2))

	_, _, err := s.train(anyAge)

	p := requireReason(t, err, problem.HistoryCut)
	require.Contains(t, p.Message, "training set leaving would lack what was known: expected a row of usage_s at any date until for every entity, found none for 1 row as of 2024-02-29")
	meant := proto.CloneOf(anyAge)
	meant.Waive = []string{string(problem.HistoryCut)}
	require.Equal(t, string(problem.HistoryCut), s.trained(t, meant).GetWaived()[0].GetReason())
	fresh := defined(func(set *datasetv1.TrainingSet) {
		for _, f := range set.GetFeatures() {
			f.Ttl = proto.Int32(0)
		}
	}, february)
	require.EqualValues(t, 3, s.trained(t, fresh).GetRows(), "what it may not take anyhow is no loss")
}

// So is a value of before a date that was dropped in place of the one that was known as of
// it: a date that is pinned behind it is there, and is not the newest that was.
func TestATrainingSetTakesNothingFromBehindADroppedDate(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stampPeople(t, 2)
	s.stamped(t, months[2], with(peopleIn(), "usage", `values ('a', 1.50, true), ('b', 2.250, false)`))
	s.stamped(t, months[3], peopleIn())
	req := defined(func(*datasetv1.TrainingSet) {}, months[2])
	whole := s.csv(t, s.trained(t, req))
	s.db.Exec(t, "insert into sf_snapshot.training_set_forgotten select id, '', 'ann' from sf_snapshot.training_set")
	_, err := s.client.Pin(t.Context(), &snapshotv1.PinRequest{Dataset: "people", AsOf: january, Reason: "the audit", RequestedBy: "ann"})
	require.NoError(t, err)
	require.Equal(t, []string{february}, s.retained(t, keeping(people(), 2)))

	_, _, err = s.train(req)

	p := requireReason(t, err, problem.HistoryCut)
	require.Contains(t, p.Message, "expected the newest row of usage_s at any date until for every entity, found for 1 row as of 2024-03-31 one from before dates that were dropped")
	req.Waive = []string{string(problem.HistoryCut)}
	require.Equal(t, whole, s.csv(t, s.trained(t, req)), "February had the same")
}
