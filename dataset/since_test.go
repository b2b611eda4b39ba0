package dataset_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// kennel is a household whose pets are collected since March, and whose people look in them.
func kennel(t *testing.T) *datasetv1.Dataset {
	t.Helper()
	d := household()
	people, pets := d.GetTables()[0], d.GetTables()[1]
	pets.Since, pets.References = "2024-03-31", nil
	people.Columns = append(people.GetColumns(), &datasetv1.Column{Name: "pet", Type: "text", Optional: true})
	people.References = []*datasetv1.Reference{{Columns: []string{"pet"}, Table: "pets"}}
	kwargs, err := structpb.NewStruct(map[string]any{"column": "pet", "other_table": "pets", "other_column": "id"})
	require.NoError(t, err)
	people.Expectations = []*datasetv1.Expectation{{Type: expectation.ColumnValuesToBeInOtherTable, Kwargs: kwargs}}
	d.Snapshots = append(d.GetSnapshots(), &datasetv1.Snapshot{Name: "pets_snapshots", From: "pets"})
	require.Empty(t, dataset.Lint(d))
	return d
}

func TestADatasetAsItIsCollectedOfADate(t *testing.T) {
	t.Parallel()
	d := kennel(t)
	whole := proto.CloneOf(d)

	before, then := dataset.CollectedAs(d, "2024-02-29"), dataset.CollectedAs(d, "2024-03-31")

	require.Same(t, d, then, "nothing is left out from that date on")
	require.True(t, proto.Equal(whole, d), "nor is anything taken out of the declaration")
	require.Empty(t, dataset.Lint(before))
	require.Len(t, before.GetTables(), 1)
	require.Equal(t, "people", before.GetTables()[0].GetName())
	require.Empty(t, before.GetTables()[0].GetReferences())
	require.Empty(t, before.GetTables()[0].GetExpectations())
	require.Len(t, before.GetSnapshots(), 1)
	require.Equal(t, "people_snapshots", before.GetSnapshots()[0].GetName())
	require.Equal(t, "pets", dataset.Later(d, "2024-02-29")[0].GetName())
	require.Empty(t, dataset.Later(d, "2024-03-31"))
}

func TestTheFirstDateThatAnythingIsCollectedOf(t *testing.T) {
	t.Parallel()
	d := household()
	require.Empty(t, dataset.FirstCollected(d))
	require.Empty(t, dataset.FirstCollected(kennel(t)), "people are of every date")
	d.GetTables()[0].Since, d.GetTables()[1].Since = "2024-03-31", "2024-02-29"
	require.Equal(t, "2024-02-29", dataset.FirstCollected(d))
	require.Empty(t, dataset.FirstCollected(&datasetv1.Dataset{}))
}
