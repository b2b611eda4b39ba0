package backend_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// shop is a suite whose lists are all empty, and which knows one dataset and one batch.
func shop(t *testing.T) (*backendtest.Suite, *backend.Set) {
	t.Helper()
	suite := backendtest.New(t)
	suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{})
	suite.Reply("QualityService/ListValidations", &qualityv1.ListValidationsResponse{})
	suite.Reply("SnapshotService/ListSnapshots", &snapshotv1.ListSnapshotsResponse{})
	suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{Dataset: &datasetv1.Dataset{
		Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Snapshots: []*datasetv1.Snapshot{{Name: "users_snapshots"}, {Name: "labels_snapshots"}},
	}}})
	suite.Reply("IngestService/GetBatch", &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{Id: "bat_01hq7d", Dataset: "shop"}})
	return suite, suite.Dial(t)
}

func TestAFilterThatNamesNothingOfTheDatasetIsNoEmptyList(t *testing.T) {
	t.Parallel()
	_, set := shop(t)
	snapshots := func(name string) error {
		_, err := set.Snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop", Snapshot: name})
		return err
	}
	runs := func(asOf string) error {
		_, err := set.Orchestrator.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{Dataset: "shop", AsOf: asOf})
		return err
	}
	batches := func(asOf string) error {
		_, err := set.Ingest.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: "shop", AsOf: asOf})
		return err
	}
	validations := func(asOf string) error {
		_, err := set.Quality.ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "shop", AsOf: asOf})
		return err
	}
	for name, tt := range map[string]struct {
		err    error
		reason problem.Reason
		says   string
	}{
		"a snapshot that is misspelt":  {snapshots("user_snapshots"), problem.SnapshotNotFound, `dataset shop declares no snapshot user_snapshots: did you mean "users_snapshots"?`},
		"the table of a snapshot":      {snapshots("labels"), problem.SnapshotNotFound, `did you mean "labels_snapshots"?`},
		"a snapshot far from all":      {snapshots("nope"), problem.SnapshotNotFound, "no snapshot nope: it has users_snapshots, labels_snapshots"},
		"runs of no month end":         {runs("2024-01-30"), problem.AsOfOffCalendar, "found 2024-01-30; the closest is 2024-01-31"},
		"batches of no month end":      {batches("2024-02-28"), problem.AsOfOffCalendar, "the closest is 2024-02-29"},
		"validations of no month end":  {validations("2024-01-30"), problem.AsOfOffCalendar, "the closest is 2024-01-31"},
		"a snapshot that is declared":  {snapshots("users_snapshots"), "", ""},
		"a month end with nothing":     {batches("2024-02-29"), "", ""},
		"a month end that nobody ran":  {runs("1999-12-31"), "", ""},
		"a list that is not narrowed":  {snapshots(""), "", ""},
		"runs whose date is not given": {runs(""), "", ""},
		"what is no date at all":       {runs("31.1.2024"), problem.InvalidRequest, "want YYYY-MM-DD"},
	} {
		if tt.reason == "" {
			require.NoError(t, tt.err, name)
			continue
		}
		require.True(t, problem.Is(tt.err, tt.reason), "%s: %v", name, tt.err)
		require.ErrorContains(t, tt.err, tt.says, name)
	}
}

func TestASnapshotOffTheCalendarNamesTheClosestDate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asOf   string
		set    func(*backendtest.Suite)
		reason problem.Reason
		says   string
	}{
		"off the calendar":        {"2024-02-28", nil, problem.AsOfOffCalendar, "found 2024-02-28; the closest is 2024-02-29"},
		"a date that has nothing": {"2024-02-29", nil, problem.SnapshotNotFound, "nothing is stamped"},
		"no dataset": {"2024-02-28", func(s *backendtest.Suite) {
			s.Fail("OrchestratorService/GetDataset", problem.New(problem.DatasetNotFound, "no dataset shopp"))
		}, problem.DatasetNotFound, "no dataset shopp"},
		"nobody to ask": {"2024-02-28", func(s *backendtest.Suite) { s.Stop("orchestrator") }, problem.SnapshotNotFound, "nothing is stamped"},
		"another error": {"2024-02-28", func(s *backendtest.Suite) {
			s.Fail("SnapshotService/GetSnapshot", problem.New(problem.DatabaseUnavailable, "no database"))
		}, problem.DatabaseUnavailable, "no database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite, set := shop(t)
			suite.Fail("SnapshotService/GetSnapshot", problem.New(problem.SnapshotNotFound, "nothing is stamped"))
			if tt.set != nil {
				tt.set(suite)
			}

			_, err := set.Snapshot.GetSnapshot(t.Context(), &snapshotv1.GetSnapshotRequest{Dataset: "shop", AsOf: tt.asOf})

			require.True(t, problem.Is(err, tt.reason), "%v", err)
			require.ErrorContains(t, err, tt.says)
		})
	}
}

func TestADatasetWithoutSnapshotsSaysSo(t *testing.T) {
	t.Parallel()
	suite, set := shop(t)
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{Dataset: &datasetv1.Dataset{Name: "shop"}}})

	_, err := set.Snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop", Snapshot: "users"})

	require.ErrorContains(t, err, "dataset shop declares no snapshot users, and no other")
}

func TestValidationsAreFoundByAnyPartOfTheirBatch(t *testing.T) {
	t.Parallel()
	suite, set := shop(t)
	suite.On("QualityService/ListValidations", func(_ context.Context, m proto.Message) (proto.Message, error) {
		req, _ := m.(*qualityv1.ListValidationsRequest)
		if req.GetBatch() != "bat_01hq7d" {
			return &qualityv1.ListValidationsResponse{}, nil
		}
		return &qualityv1.ListValidationsResponse{Validations: []*qualityv1.Validation{{Id: "val_1"}}}, nil
	})
	list := func(dataset, batch string) (*qualityv1.ListValidationsResponse, error) {
		return set.Quality.ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: dataset, Batch: batch})
	}

	for _, batch := range []string{"bat_01hq7d", "bat_01", "hq7d"} {
		resp, err := list("shop", batch)
		require.NoError(t, err, batch)
		require.Len(t, resp.GetValidations(), 1, batch)
	}
	suite.Reply("IngestService/GetBatch", &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{Id: "bat_02", Dataset: "other"}})
	_, err := list("shop", "bat_02")
	require.True(t, problem.Is(err, problem.BatchNotFound), err)
	require.ErrorContains(t, err, "dataset shop has no batch bat_02: it is one of other")
	suite.Fail("IngestService/GetBatch", problem.New(problem.BatchNotFound, "expected a batch, found none"))
	_, err = list("shop", "bat_03")
	require.True(t, problem.Is(err, problem.BatchNotFound), err)
}

// A batch that was not validated has no validations: that is no mistake of who asks.
func TestABatchThatIsThereMayHaveNoValidations(t *testing.T) {
	t.Parallel()
	suite, set := shop(t)

	resp, err := set.Quality.ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "shop", Batch: "bat_01hq7d"})

	require.NoError(t, err)
	require.Empty(t, resp.GetValidations())
	asked := 0
	for _, c := range suite.Calls() {
		if c.Method == "QualityService/ListValidations" {
			asked++
		}
	}
	require.Equal(t, 1, asked, "the same is not asked twice")
}
