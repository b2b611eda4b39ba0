package dataset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Of some snapshots of one table the first that a set names has the table's name, and what a
// set names that is no snapshot has none.
func TestTheFirstSnapshotThatASetNamesHasItsTablesName(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Snapshots: []*datasetv1.Snapshot{
		{Name: "early", From: "outcomes"}, {Name: "late", From: "outcomes"}, {Name: "homes_s", From: "homes"}, {Name: "other", From: "others"},
	}}
	for _, label := range []string{"nothing.left_us", "late.left_us", "early.left_us", "homes_s.rooms", "late.left_us", ""} {
		d.TrainingSets = append(d.TrainingSets, &datasetv1.TrainingSet{Label: &datasetv1.Label{Column: label}})
	}

	require.Equal(t, map[string]string{"late": "outcomes", "homes_s": "homes"}, dataset.LabelViews(d))
}
