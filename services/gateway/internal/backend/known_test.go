package backend_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// lists are the lists of a dataset that services without a registry answer.
func lists(t *testing.T, set *backend.Set, dataset string) map[string]func() error {
	t.Helper()
	return map[string]func() error{
		"batches": func() error {
			_, err := set.Ingest.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: dataset})
			return err
		},
		"validations": func() error {
			_, err := set.Quality.ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: dataset})
			return err
		},
		"snapshots": func() error {
			_, err := set.Snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: dataset})
			return err
		},
	}
}

func TestAListOfADatasetThatIsNotThereIsNoEmptyList(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{})
	suite.Reply("QualityService/ListValidations", &qualityv1.ListValidationsResponse{})
	suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{})
	set := suite.Dial(t)

	suite.Fail("OrchestratorService/GetDataset", problem.New(problem.DatasetNotFound, "no dataset shopp"))
	for name, list := range lists(t, set, "shopp") {
		require.True(t, problem.Is(list(), problem.DatasetNotFound), name)
	}
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{})
	for name, list := range lists(t, set, "shop") {
		require.NoError(t, list(), name)
	}
	suite.Stop("orchestrator")
	for name, list := range lists(t, set, "shop") {
		require.True(t, problem.Is(list(), problem.ServiceUnavailable), "what is not known is not said: %s", name)
	}
}

// What is there is listed without a question, whoever owns it: a dataset that was
// deleted leaves its batches. So are later pages.
func TestAListThatIsNotEmptyAsksNobody(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{Batches: []*ingestv1.Batch{{Id: "bat_1"}}})
	suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{})
	suite.Reply("IngestService/GetBatch", &ingestv1.GetBatchResponse{})
	set := suite.Dial(t)

	batches, err := set.Ingest.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: "shop"})
	require.NoError(t, err)
	require.Len(t, batches.GetBatches(), 1)
	_, err = set.Snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop", PageToken: "a later one"})
	require.NoError(t, err)
	_, err = set.Ingest.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)

	for _, c := range suite.Calls() {
		require.NotEqual(t, "OrchestratorService/GetDataset", c.Method)
	}
}

func TestAListThatFailsFailsAsItIs(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Fail("IngestService/ListBatches", problem.New(problem.DatabaseUnavailable, "PostgreSQL is starting up"))
	set := suite.Dial(t)

	_, err := set.Ingest.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: "shop"})

	require.True(t, problem.Is(err, problem.DatabaseUnavailable))
	require.Len(t, suite.Calls(), 1)
}
