package backend_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// Whatever a service answers, nothing that is sealed comes through the gateway.
func TestNoClientGetsWhatIsSealed(t *testing.T) {
	t.Parallel()
	sealed := &stepv1.SealedValues{Values: []*stepv1.SealedValue{{At: "key.0", Column: "email", Value: []byte("ciphertext")}}}
	row := &stepv1.RowLocation{File: "users.csv", Key: []string{"(hidden)"}, Sealed: sealed}
	suite := backendtest.New(t)
	suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
		Findings: []*stepv1.Finding{{Sealed: sealed, Follows: []*stepv1.Finding{{Rows: []*stepv1.RowLocation{row}}}}},
	}})
	suite.Reply("QualityService/GetValidation", &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{
		Results: []*qualityv1.ExpectationResult{{Result: &qualityv1.ResultDetail{PartialUnexpectedIndexList: []*stepv1.RowLocation{row}}}},
	}})
	suite.Reply("SnapshotService/ListRestatements", &snapshotv1.ListRestatementsResponse{Restatements: []*snapshotv1.Restatement{{
		Snapshots: []*stepv1.RestatedSnapshot{{First: []*stepv1.RestatedRow{{Key: []string{"(hidden)"}, Sealed: sealed}}}},
	}}})
	suite.OnStream("OrchestratorService/WatchRun", func(_ context.Context, _ proto.Message, send func(proto.Message) error) error {
		return send(&orchestratorv1.WatchRunResponse{Event: &orchestratorv1.Event{Message: "hello"}})
	})
	set := suite.Dial(t)

	run, err := set.Orchestrator.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: "run_1"})
	require.NoError(t, err)
	validation, err := set.Quality.GetValidation(t.Context(), &qualityv1.GetValidationRequest{Validation: "val_1"})
	require.NoError(t, err)
	restated, err := set.Snapshot.ListRestatements(t.Context(), &snapshotv1.ListRestatementsRequest{Dataset: "shop"})
	require.NoError(t, err)
	for _, m := range []proto.Message{run, validation, restated} {
		wire, err := proto.Marshal(m)
		require.NoError(t, err)
		require.NotContains(t, string(wire), "ciphertext")
		require.Contains(t, string(wire), "(hidden)", "all else is as it was")
	}
	events, err := set.Orchestrator.WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: "run_1"})
	require.NoError(t, err)
	event, err := events.Recv()
	require.NoError(t, err)
	require.Equal(t, "hello", event.GetEvent().GetMessage())
}
