package snapshot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// crowd is a month of n people. Of each person the hours are the outcome plus noise times
// a number that says nothing.
func crowd(n int, noise float64) map[string]string {
	var persons, usage, outcomes []string
	for i := range n {
		left := i*7919%10 < 4
		hours := noise * float64(i*104729%1000) / 1000
		if left {
			hours++
		}
		persons = append(persons, fmt.Sprintf("('p%04d', %d, 'c%d', null::integer)", i, 20+i*31%50, i%7))
		usage = append(usage, fmt.Sprintf("('p%04d', %.4f::numeric, %t)", i, hours, i%3 == 0))
		outcomes = append(outcomes, fmt.Sprintf("('p%04d', %t)", i, left))
	}
	return map[string]string{
		"persons": "values " + strings.Join(persons, ", "), "usage": "values " + strings.Join(usage, ", "),
		"homes": "values (1, 3::smallint)", "outcomes": "values " + strings.Join(outcomes, ", "),
	}
}

// TestGuardsRefuse has for each guard a set that it refuses, with its own reason and with
// what it found, and that is built once somebody says that it is meant.
func TestGuardsRefuse(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, crowd(300, 3))
	s.stamped(t, february, with(crowd(300, 3), "outcomes", `values ('p0000', true), ('p0001', null::boolean), ('p0003', false)`))
	s.stamped(t, march, crowd(300, 3))
	s.stamped(t, "2024-04-30", crowd(300, 0.1))
	s.stamped(t, "2024-05-31", crowd(300, 0.1))
	for name, test := range map[string]struct {
		req    *snapshotv1.BuildTrainingSetRequest
		reason problem.Reason
		says   string
	}{
		"a label of the period of its features": {
			defined(func(set *datasetv1.TrainingSet) { set.Label.Horizon = proto.Int32(0) }, january), problem.LabelNotLater,
			"expected a label of a later period than its features, found outcomes_s.left_us with horizon 0: both are of 2024-01-31",
		},
		"the label's own column": {
			defined(func(set *datasetv1.TrainingSet) {
				set.Features = append(set.GetFeatures(), &datasetv1.Feature{Column: "outcomes_s.left_us", As: "left_before"})
			}, january), problem.LabelAmongFeatures,
			"expected features besides the label, found feature left_before, which is the label's own column",
		},
		"a label that is not stamped": {
			trainingRequest(march, "2024-05-31"), problem.LabelNotStamped,
			"expected outcomes_s to be stamped as of 2024-06-30, and known at the cut-off, found that it is not",
		},
		"few labels": {
			defined(func(set *datasetv1.TrainingSet) { set.MinCoverage = proto.Float64(0.5) }, january), problem.LabelCoverageLow,
			"expected 50 % of the rows to have a label, found 0.6667 %: 2 of 300 rows",
		},
		"a window into the embargo": {
			defined(func(set *datasetv1.TrainingSet) { set.Embargo, set.Features[1].Window = 7, 30 }, january), problem.FeatureWindowTooLate,
			"expected feature watched to be observed until 2024-01-24, 7 days before 2024-01-31, found that its window of 30 days ends on 2024-01-31",
		},
		"a feature that knows": {
			trainingRequest("2024-04-30"), problem.FeatureLiftHigh,
			"expected no feature alone to predict outcomes_s.left_us better than 0.4, found feature watched, whose lift is 0.500 " +
				"(the area under its ROC curve minus a half, on 300 of 300 rows with a label, seed 1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := s.train(test.req)
			p := requireReason(t, err, test.reason)
			require.Equal(t, "training set leaving would leak: "+test.says, p.Message)
			require.Equal(t, string(test.reason)+": "+test.says, p.Violations[0].Description)
			require.Equal(t, problem.ExitLeak, problem.Lookup(test.reason).Exit)

			meant := proto.CloneOf(test.req)
			meant.Waive = []string{string(test.reason)}
			built := s.trained(t, meant)

			require.Len(t, built.GetWaived(), 1)
			require.Equal(t, string(test.reason), built.GetWaived()[0].GetReason())
			require.Equal(t, []string{test.says}, built.GetWaived()[0].GetFound())
			require.Contains(t, built.GetManifest(), `"reason": "`+string(test.reason)+`"`)
		})
	}
	require.Len(t, s.db.Rows(t, "select id from sf_snapshot.training_set"), 6, "what was refused is not recorded")
}

func TestCopiesOfTheLabelAreFound(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, with(peopleIn(), "usage", `values ('a', 7, true), ('b', 9, true), ('C', 7, false)`))
	s.stamped(t, february, with(peopleIn(), "outcomes", `values ('a', true), ('b', false), ('C', true)`))
	one := func(feature, label string) *snapshotv1.BuildTrainingSetRequest {
		return defined(func(set *datasetv1.TrainingSet) {
			set.Features = []*datasetv1.Feature{{Column: feature}}
			set.Label = &datasetv1.Label{Column: label}
			set.MaxLeakageLift = proto.Float64(1)
		}, january)
	}

	_, _, err := s.train(one("usage_s.hours", "outcomes_s.left_us"))
	p := requireReason(t, err, problem.LabelAmongFeatures)
	require.Contains(t, p.Message, "found feature hours, which is a copy of outcomes_s.left_us: one value for each of the label's (on 3 of 3 rows with a label, seed 1)")

	_, _, err = s.train(one("usage_s.active", "outcomes_s.left_us"))
	require.NoError(t, err, "of two rows with one value the labels differ")
	_, _, err = s.train(one("persons_s.age", "outcomes_s.left_us"))
	require.NoError(t, err, "each of the ages stands once")
}

func TestAllThatGuardsFindIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, crowd(100, 0.1))
	req := defined(func(set *datasetv1.TrainingSet) {
		set.Label.Horizon, set.Embargo, set.Features[1].Window = proto.Int32(0), 1, 30
		set.Features = append(set.GetFeatures(), &datasetv1.Feature{Column: "outcomes_s.left_us", As: "again"})
	}, january)

	_, _, err := s.train(req)

	p := requireReason(t, err, problem.LabelNotLater)
	require.Equal(t, "LABEL_NOT_LATER,LABEL_AMONG_FEATURES,FEATURE_WINDOW_TOO_LATE,FEATURE_LIFT_HIGH", p.Metadata["reasons"])
	require.Len(t, p.Violations, 4)

	req.Waive = []string{"LABEL_NOT_LATER", "LABEL_AMONG_FEATURES", "FEATURE_WINDOW_TOO_LATE"}
	_, _, err = s.train(req)
	requireReason(t, err, problem.FeatureLiftHigh)

	req.Waive = []string{"LABEL_NOT_LATER", "LABEL_AMONG_FEATURES", "FEATURE_WINDOW_TOO_LATE", "FEATURE_LIFT_HIGH", "LABEL_COVERAGE_LOW"}
	built := s.trained(t, req)
	require.Len(t, built.GetWaived(), 5)
	require.Empty(t, built.GetWaived()[2].GetFound(), "a guard that found nothing")
}

func TestAHonestSetPasses(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, crowd(300, 3))
	s.stamped(t, february, crowd(300, 3))
	req := defined(func(set *datasetv1.TrainingSet) {
		set.MinCoverage, set.Features[1].Window = nil, 30
		set.Features = append(set.GetFeatures(), &datasetv1.Feature{Column: "persons_s.city"})
	}, january)

	built := s.trained(t, req)

	require.Empty(t, built.GetWaived())
	require.EqualValues(t, 300, built.GetLabelled())
}

// A row that is older than the embargo may have any window.
func TestAWindowThatEndsBeforeTheEmbargoPasses(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	old := people()
	s.stamped(t, january, peopleIn())
	old.Snapshots = []*datasetv1.Snapshot{old.GetSnapshots()[0], old.GetSnapshots()[3]} // no usage in February
	old.TrainingSets = nil
	s.deliver(t, old, february, peopleIn()).history()
	s.stamped(t, march, peopleIn())

	s.trained(t, defined(func(set *datasetv1.TrainingSet) {
		set.Embargo, set.Features = 20, []*datasetv1.Feature{{Column: "usage_s.hours", Window: 7}}
	}, february))
}
