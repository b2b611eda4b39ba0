package console

import (
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

func TestThePageOfAPlanShowsWhatWouldChangePerColumn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := backendtest.SucceededRun()
	run.Mode, run.LastEvent, run.Backfill = orchestratorv1.RunMode_RUN_MODE_PLAN, 0, true
	run.Steps = []*orchestratorv1.Step{{
		Kind: orchestratorv1.StepKind_STEP_KIND_PLAN, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED,
		Counts: []*stepv1.TableCounts{{
			Table: "labels", Rows: 7043, Updated: 2652, Unchanged: 4391,
			Columns: []*stepv1.ColumnCount{{Column: "churn_label", Updated: 2652}, {Column: "other", Updated: 1}},
		}},
	}}
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})

	_, page, _ := f.get(t, "/runs/run_1")

	wellFormed(t, page)
	require.Contains(t, page, "churn_label 2,652, other 1")
	require.Contains(t, page, "it is history only")
	require.Equal(t, "0 inserted, 2,652 updated, 4,391 unchanged", changes(run))
}

func TestAPlanIsNoDelivery(t *testing.T) {
	t.Parallel()
	plan := &ingestv1.Batch{Id: "bat_2", AsOf: jan, Run: "run_2", Plan: true, State: discarded}
	planned := validationOf("bat_2", jan, false)
	planned.Run = "run_2"
	h := holding{dataset: declared(1), batches: []*ingestv1.Batch{plan}, validations: []*qualityv1.Validation{planned}}

	alone := newRow(h, jan)
	require.Equal(t, nothing, alone.Received.Text, "what was planned was not received")
	require.Equal(t, nothing, alone.Validated.Text)
	require.Equal(t, "only planned", alone.State)
	require.Len(t, newBoard(h).Rows, 1, "its date is on the board all the same")

	h.batches = append(h.batches, &ingestv1.Batch{Id: "bat_1", AsOf: jan, Run: "run_1", State: live})
	h.validations = append(h.validations, validationOf("bat_1", jan, true))
	beside := newRow(h, jan)
	require.Equal(t, "1 batch", beside.Received.Text)
	require.Equal(t, "/batches/bat_1", beside.Received.Link)
	require.Equal(t, "/validations/val_bat_1", beside.Validated.Link)
}

func TestABatchThatWasPlannedIsNoDiscardedDelivery(t *testing.T) {
	t.Parallel()
	require.Equal(t, "planned", batchState(&ingestv1.Batch{Plan: true, State: discarded}))
	require.Equal(t, "discarded", batchState(&ingestv1.Batch{State: discarded}))
	require.Equal(t, "staged", batchState(&ingestv1.Batch{Plan: true, State: staged}))
	f := setup(t)
	f.suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{Batches: []*ingestv1.Batch{
		{Id: "bat_1", Dataset: "streamflow", AsOf: jan, Run: "run_1", Plan: true, State: discarded},
	}})
	_, page, _ := f.get(t, "/datasets/streamflow/batches")
	wellFormed(t, page)
	require.Contains(t, page, "planned</span>")
	require.NotContains(t, page, "discarded")
}

func TestAnUnchangedRunSaysSo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := backendtest.SucceededRun()
	run.LastEvent, run.Unchanged = 0, true
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})
	f.suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{run}})
	_, page, _ := f.get(t, "/runs/run_1")
	require.Contains(t, page, "The files were those last published for this as_of: nothing was written.")
	_, page, _ = f.get(t, "/")
	require.Contains(t, page, "succeeded</span> unchanged")
}

func TestThePageOfABoardThatIsCutSaysWhereTheRestIs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.months()
	f.suite.Reply("IngestService/ListBatches", &ingestv1.ListBatchesResponse{
		Batches: []*ingestv1.Batch{batch("bat_1", jan, live)}, NextPageToken: "more",
	})
	_, page, _ := f.get(t, "/")
	require.Contains(t, page, `Older dates: <a href="/datasets/streamflow/batches">batches</a>`)
}
