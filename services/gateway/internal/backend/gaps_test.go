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

// lacking answers with gaps of the dates, of which the catalog knows no more than that.
func lacking(suite *backendtest.Suite, dates ...string) {
	suite.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{
		Version: "3f2a", Dataset: &datasetv1.Dataset{
			Name: "shop", Description: "registered", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
			Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}, Key: []string{"id"}}},
		},
	}})
	resp := &snapshotv1.ListGapsResponse{}
	for _, asOf := range dates {
		resp.Gaps = append(resp.Gaps, &snapshotv1.Gap{Dataset: "shop", AsOf: asOf, Why: snapshotv1.GapReason_GAP_REASON_NEVER_DELIVERED, All: true})
	}
	suite.Reply("SnapshotService/ListGaps", resp)
}

// Why a date is lacking is what became of the newest run that was to stamp it.
func TestAGapSaysWhatBecameOfItsRun(t *testing.T) {
	t.Parallel()
	run := func(id string, state orchestratorv1.RunState, mode orchestratorv1.RunMode) *orchestratorv1.Run {
		r := &orchestratorv1.Run{Id: id, State: state, Mode: mode}
		if state == orchestratorv1.RunState_RUN_STATE_FAILED {
			r.Reason, r.Message = "ROWS_REJECTED", "3 rows were rejected"
		}
		return r
	}
	const (
		full, plan        = orchestratorv1.RunMode_RUN_MODE_FULL, orchestratorv1.RunMode_RUN_MODE_PLAN
		retention         = orchestratorv1.RunMode_RUN_MODE_RETENTION
		rollback          = orchestratorv1.RunMode_RUN_MODE_ROLLBACK
		failed, succeeded = orchestratorv1.RunState_RUN_STATE_FAILED, orchestratorv1.RunState_RUN_STATE_SUCCEEDED
	)
	for name, c := range map[string]struct {
		runs []*orchestratorv1.Run
		want *snapshotv1.Gap
	}{
		"none":             {nil, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_NEVER_DELIVERED}},
		"a plan alone":     {[]*orchestratorv1.Run{run("run_1", succeeded, plan)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_NEVER_DELIVERED}},
		"a failed one":     {[]*orchestratorv1.Run{run("run_1", failed, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_FAILED, Run: "run_1", Reason: "ROWS_REJECTED", Message: "3 rows were rejected"}},
		"a plan behind it": {[]*orchestratorv1.Run{run("run_2", succeeded, plan), run("run_1", failed, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_FAILED, Run: "run_1", Reason: "ROWS_REJECTED", Message: "3 rows were rejected"}},
		"a retention":      {[]*orchestratorv1.Run{run("run_2", succeeded, retention), run("run_1", failed, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_FAILED, Run: "run_1", Reason: "ROWS_REJECTED", Message: "3 rows were rejected"}},
		"a rollback alone": {[]*orchestratorv1.Run{run("run_1", failed, rollback)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_NEVER_DELIVERED}},
		"a cancelled one":  {[]*orchestratorv1.Run{run("run_1", orchestratorv1.RunState_RUN_STATE_CANCELLED, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_CANCELLED, Run: "run_1"}},
		"one that waits":   {[]*orchestratorv1.Run{run("run_1", orchestratorv1.RunState_RUN_STATE_QUEUED, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_UNDER_WAY, Run: "run_1"}},
		"one at work":      {[]*orchestratorv1.Run{run("run_2", orchestratorv1.RunState_RUN_STATE_RUNNING, full), run("run_1", failed, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_UNDER_WAY, Run: "run_2"}},
		"one that stamped": {[]*orchestratorv1.Run{run("run_1", succeeded, full)}, &snapshotv1.Gap{Why: snapshotv1.GapReason_GAP_REASON_NOT_STAMPED, Run: "run_1"}},
	} {
		suite := backendtest.New(t)
		lacking(suite, "2024-02-29")
		suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{Runs: c.runs})

		resp, err := suite.Dial(t).Snapshot.ListGaps(t.Context(), &snapshotv1.ListGapsRequest{Dataset: "shop"})

		require.NoError(t, err, name)
		require.Len(t, resp.GetGaps(), 1, name)
		c.want.Dataset, c.want.AsOf, c.want.All = "shop", "2024-02-29", true
		require.True(t, proto.Equal(c.want, resp.GetGaps()[0]), "%s: %v", name, resp.GetGaps()[0])
	}
}

// Each gap is asked for by its own date, and the calendar is the registry's.
func TestEachGapIsExplainedByTheRunsOfItsDate(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	lacking(suite, "2024-02-29", "2024-01-31")
	suite.On("OrchestratorService/ListRuns", func(_ context.Context, req proto.Message) (proto.Message, error) {
		asked := req.(*orchestratorv1.ListRunsRequest)
		return &orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{{Id: "run_" + asked.GetAsOf(), State: orchestratorv1.RunState_RUN_STATE_CANCELLED}}}, nil
	})
	asked := &snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: &datasetv1.Dataset{Name: "shop", Description: "sent"}}

	resp, err := suite.Dial(t).Snapshot.ListGaps(t.Context(), asked)

	require.NoError(t, err)
	for _, g := range resp.GetGaps() {
		require.Equal(t, "run_"+g.GetAsOf(), g.GetRun())
	}
	for _, c := range suite.Calls() {
		if req, ok := c.Request.(*snapshotv1.ListGapsRequest); ok {
			require.Equal(t, "registered", req.GetDeclaration().GetDescription())
		}
	}
	require.Equal(t, "sent", asked.GetDeclaration().GetDescription(), "the client's own request is as it was")
}

// Without the runs nobody knows why: that is an error, and no list of half the truth.
func TestGapsAreNotToldWithoutTheirRuns(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	lacking(suite, "2024-02-29")
	suite.Fail("OrchestratorService/ListRuns", problem.New(problem.ServiceUnavailable, "the orchestrator is away"))

	_, err := suite.Dial(t).Snapshot.ListGaps(t.Context(), &snapshotv1.ListGapsRequest{Dataset: "shop"})

	require.True(t, problem.Is(err, problem.ServiceUnavailable), err)
}
