package backend_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// A training set is built of what the registry holds, whatever a client sends in its place.
func TestATrainingSetIsBuiltOfWhatIsRegistered(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{
		Version: "3f2a", Dataset: &datasetv1.Dataset{
			Name: "shop", Description: "registered", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
			Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}, Key: []string{"id"}}},
		},
	}})
	got := make(chan *snapshotv1.BuildTrainingSetRequest, 1)
	suite.OnStream("SnapshotService/BuildTrainingSet", func(_ context.Context, req proto.Message, send func(proto.Message) error) error {
		got <- req.(*snapshotv1.BuildTrainingSetRequest)
		return send(&snapshotv1.BuildTrainingSetResponse{})
	})
	asked := &snapshotv1.BuildTrainingSetRequest{
		Dataset: "shop", TrainingSet: "returns", RequestedBy: "ana", Declaration: &datasetv1.Dataset{Name: "shop", Description: "sent"}, DatasetVersion: "mine",
	}

	stream, err := suite.Dial(t).Snapshot.BuildTrainingSet(t.Context(), asked)
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)

	req := <-got
	require.Equal(t, "registered", req.GetDeclaration().GetDescription())
	require.Equal(t, "3f2a", req.GetDatasetVersion())
	require.Equal(t, "returns", req.GetTrainingSet())
	require.Equal(t, "mine", asked.GetDatasetVersion(), "the client's own request is as it was")
}

// What differs is told by what the registry declares of it, whatever a client sends: which
// columns nobody may see is not for who asks to say.
func TestWhatDiffersIsToldAsItIsRegistered(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{
		Version: "3f2a", Dataset: &datasetv1.Dataset{
			Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
			Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "id", Type: "text", Pii: true}}, Key: []string{"id"}}},
		},
	}})
	got := make(chan *snapshotv1.DiffRequest, 1)
	suite.OnStream("SnapshotService/Diff", func(_ context.Context, req proto.Message, send func(proto.Message) error) error {
		got <- req.(*snapshotv1.DiffRequest)
		return send(&snapshotv1.DiffResponse{})
	})

	stream, err := suite.Dial(t).Snapshot.Diff(t.Context(), &snapshotv1.DiffRequest{
		Dataset: "shop", From: "2024-01-31", To: "2024-02-29", Declaration: &datasetv1.Dataset{Name: "shop"},
	})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)

	req := <-got
	require.True(t, req.GetDeclaration().GetTables()[0].GetColumns()[0].GetPii())
	require.Equal(t, "3f2a", req.GetDatasetVersion())
}

func TestNoTrainingSetIsBuiltOfADatasetThatIsNotThere(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Fail("OrchestratorService/GetDataset", problem.New(problem.DatasetNotFound, "no dataset shopp"))
	suite.OnStream("SnapshotService/BuildTrainingSet", func(context.Context, proto.Message, func(proto.Message) error) error { return nil })

	_, err := suite.Dial(t).Snapshot.BuildTrainingSet(t.Context(), &snapshotv1.BuildTrainingSetRequest{Dataset: "shopp"})

	require.True(t, problem.Is(err, problem.DatasetNotFound), err)
}

// Tables are restored as the registry has them declared, whatever a client sends.
func TestTablesAreRestoredAsTheyAreRegistered(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{
		Version: "3f2a", Dataset: &datasetv1.Dataset{
			Name: "shop", Description: "registered", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
			Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}, Key: []string{"id"}}},
		},
	}})
	suite.Reply("SnapshotService/Restore", &snapshotv1.RestoreResponse{Schema: "january"})
	asked := &snapshotv1.RestoreRequest{
		Dataset: "shop", AsOf: "2024-01-31", Into: "january", RequestedBy: "ana", Declaration: &datasetv1.Dataset{Name: "shop", Description: "sent"},
	}

	resp, err := suite.Dial(t).Snapshot.Restore(t.Context(), asked)

	require.NoError(t, err)
	require.Equal(t, "january", resp.GetSchema())
	calls := suite.Calls()
	req, ok := calls[len(calls)-1].Request.(*snapshotv1.RestoreRequest)
	require.True(t, ok)
	require.Equal(t, "registered", req.GetDeclaration().GetDescription())
	require.Equal(t, "3f2a", req.GetDatasetVersion())
	require.Equal(t, "sent", asked.GetDeclaration().GetDescription(), "the client's own request is as it was")
}
