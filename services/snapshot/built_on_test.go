package snapshot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// builtOn are the training sets that each restatement says were built on what it
// superseded, the newest restatement first.
func (s *suite) builtOn(t *testing.T, dataset string) (all []string) {
	t.Helper()
	resp, err := s.client.ListRestatements(t.Context(), &snapshotv1.ListRestatementsRequest{Dataset: dataset})
	require.NoError(t, err)
	for _, r := range resp.GetRestatements() {
		var sets []string
		for _, b := range r.GetBuiltOn() {
			require.NotNil(t, b.GetCreatedAt())
			require.Equal(t, "leaving", b.GetName())
			sets = append(sets, b.GetTrainingSet()+" "+strings.Join(b.GetSnapshots(), "+"))
		}
		all = append(all, fmt.Sprintf("%s %d: %s", r.GetAsOf(), r.GetBuiltOnCount(), strings.Join(sets, ", ")))
	}
	return all
}

func TestARestatementNamesWhatWasBuiltOnTheRevisionBefore(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	before := s.trained(t, trainingRequest(january)).GetId()
	other := trainingRequest(february)
	other.Waive = []string{"LABEL_NOT_STAMPED"}
	_ = s.trained(t, other) // holds nothing of January's
	known := time.Now()
	right := with(peopleIn(), "usage", `values ('a', 1.75, true), ('b', 2.250, false), ('C', null::numeric, null::boolean)`)
	right = with(right, "persons", `values ('b', 31, 'Bonn', 1), ('a', 20, 'Ulm', 2), ('C', 41, 'Köln', null::integer)`)

	s.correct(t, people(), january, right).history()

	require.Equal(t, []string{january + " 1: " + before + " persons_s+usage_s"}, s.builtOn(t, "people"))
	_ = s.trained(t, trainingRequest(january))
	require.Equal(t, []string{january + " 1: " + before + " persons_s+usage_s"}, s.builtOn(t, "people"), "one of the new revision is none of the old")
	then := trainingRequest(january)
	then.KnownAt = timestamppb.New(known)
	later := s.trained(t, then).GetId()
	require.Equal(t, []string{january + " 2: " + later + " persons_s+usage_s, " + before + " persons_s+usage_s"}, s.builtOn(t, "people"),
		"one of what was known then is, though it is built now")
}

// It names the dates whose extracts were laid over what it superseded, also once they were made
// again over what stands now.
func TestARestatementNamesWhatWasLaidOverTheRevisionBefore(t *testing.T) {
	t.Parallel()
	s, d := stalled(t)
	laid := func() (all []string) {
		resp, err := s.client.ListRestatements(t.Context(), &snapshotv1.ListRestatementsRequest{Dataset: "club"})
		require.NoError(t, err)
		for _, r := range resp.GetRestatements() {
			all = append(all, r.GetAsOf()+": "+strings.Join(r.GetLaidOver(), ", "))
		}
		return all
	}
	require.Equal(t, []string{january + ": " + february}, laid())

	s.restamp(t, d, february)

	require.Equal(t, []string{february + ": " + march, january + ": " + february}, laid())
	again := s.correct(t, d, january, map[string]string{"members": "values (9, 'tin')"})
	again.history()
	require.Equal(t, []string{january + ": " + february, february + ": " + march, january + ": " + february}, laid(), "what was made again stands on the second revision")
}

func TestARestatementNamesTwentyTrainingSetsAndCountsAll(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	for range 22 {
		_ = s.trained(t, trainingRequest(january))
	}

	s.correct(t, people(), january, with(peopleIn(), "homes", `values (1, 5::smallint), (2, 4::smallint)`)).history()
	s.correct(t, people(), february, with(peopleIn(), "outcomes", `values ('a', false), ('b', false), ('C', true)`)).history()

	resp, err := s.client.ListRestatements(t.Context(), &snapshotv1.ListRestatementsRequest{Dataset: "people"})
	require.NoError(t, err)
	require.Len(t, resp.GetRestatements(), 2)
	for i, snapshot := range []string{"outcomes_s", "homes_s"} {
		r := resp.GetRestatements()[i]
		require.Equal(t, int64(22), r.GetBuiltOnCount(), snapshot)
		require.Len(t, r.GetBuiltOn(), 20, snapshot)
		for j, b := range r.GetBuiltOn() {
			require.Equal(t, []string{snapshot}, b.GetSnapshots())
			require.True(t, j == 0 || r.GetBuiltOn()[j-1].GetTrainingSet() > b.GetTrainingSet(), "the newest first")
		}
	}
}
