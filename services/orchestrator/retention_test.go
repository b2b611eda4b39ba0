package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Retain drops December, and finds what the test says.
func (s *snapshot) Retain(ctx context.Context, req *snapshotv1.RetainRequest) (*snapshotv1.RetainResponse, error) {
	c := of("Retain", req.GetContext())
	if stop, err := s.enter(ctx, c); stop {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &snapshotv1.RetainResponse{
		Dropped:  []*snapshotv1.RetainedDate{{AsOf: "2023-12-31", Rows: 7000}},
		Findings: s.inTheWay,
	}, nil
}

// PlanRetention answers what the test says.
func (s *snapshot) PlanRetention(context.Context, *snapshotv1.PlanRetentionRequest) (*snapshotv1.PlanRetentionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &snapshotv1.PlanRetentionResponse{Rule: "the newest 2 dates are kept", Dates: s.history}, nil
}

// keeping applies the suite's dataset with a history that keeps two dates.
func (s *suite) keeping(t testing.TB) *datasetv1.Dataset {
	t.Helper()
	d := dataset(ask().GetDataset())
	d.History = &datasetv1.History{Keep: 2}
	s.apply(t, d)
	return d
}

func cutting() *orchestratorv1.StartRunRequest {
	return &orchestratorv1.StartRunRequest{Dataset: ask().GetDataset(), Mode: orchestratorv1.RunMode_RUN_MODE_RETENTION, RequestedBy: asker}
}

// A run of a dataset that declares what its history keeps drops what is due in its end, and
// what is in the way of that is a warning.
func TestARunCutsTheHistoryInItsEnd(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.keeping(t)
	s.inTheWay = []*stepv1.Finding{{
		Reason: string(problem.RetentionHindered), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: "users_snapshots", Message: "a view is in the way",
	}}

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, "dropped 2023-12-31 (7,000 rows); 1 table in the way", summaryOf(r, orchestratorv1.StepKind_STEP_KIND_RETAIN))
	require.Equal(t, orchestratorv1.StepKind_STEP_KIND_RETAIN, r.GetSteps()[len(r.GetSteps())-1].GetKind(), "after the stamp")
	require.Equal(t, "a view is in the way", r.GetFindings()[0].GetMessage())
	require.Len(t, s.made("Retain"), 1)

	s.delivers = func(b *ingestv1.Batch) { b.SameAs, b.Tables = r.GetBatch(), nil }
	again := s.did(t, ask())
	requireState(t, again, succeeded)
	require.True(t, again.GetUnchanged())
	require.Len(t, s.made("Retain"), 2, "what was left is tried again also where the files are the same")
}

// A dataset that declares nothing has no such step.
func TestWithoutAHistoryNothingIsDropped(t *testing.T) {
	t.Parallel()
	s := setup(t)

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Len(t, r.GetSteps(), 4)
	require.Empty(t, s.made("Retain"))
}

// A retention that does not succeed leaves a run that says what stands.
func TestARetentionThatFailsSaysWhatStands(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.keeping(t)
	s.on("Retain", failing(1, problem.New(problem.DatasetInvalid, "it is not to be had")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Contains(t, r.GetMessage(), "it is not to be had (2024-01-31 is published and stamped: once this is mended, the next run drops what the history is not to keep)")
	require.Len(t, s.made("Stamp"), 1)
}

// On demand it is a run of one step, told by the newest date.
func TestARetentionIsARunOfItsOwnKind(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.keeping(t)
	s.catalog = []*snapshotv1.Snapshot{{Dataset: ask().GetDataset(), Snapshot: "users_snapshots", AsOf: "2024-03-31"}}
	req := cutting()
	req.Reason, req.RequestId = " the contract ", "req_once"

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.Equal(t, orchestratorv1.RunMode_RUN_MODE_RETENTION, r.GetMode())
	require.Equal(t, "2024-03-31", r.GetAsOf())
	require.Empty(t, r.GetBatch(), "it makes none")
	require.Len(t, r.GetSteps(), 1)
	require.Equal(t, "the contract", r.GetSupersedeReason())
	require.Equal(t, "queued for "+asker+", to drop what the history is not to keep: the contract", s.events(t, r.GetId())[0].GetMessage())
	require.Empty(t, s.made("Stage"))

	s.catalog[0].AsOf = "2024-04-30"
	again, err := s.client.StartRun(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, r.GetId(), again.GetRun().GetId(), "the same request is the same run, whatever came since")
}

func TestARetentionIsRefusedWhereThereIsNothingToCut(t *testing.T) {
	t.Parallel()
	s := setup(t)
	_, err := s.client.StartRun(t.Context(), cutting())
	requireReason(t, err, problem.RetentionRefused)
	s.keeping(t)
	_, err = s.client.StartRun(t.Context(), cutting())
	requireReason(t, err, problem.RetentionRefused)
	require.ErrorContains(t, err, "nothing of dataset")
	for name, change := range map[string]func(*orchestratorv1.StartRunRequest){
		"as_of":        func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2024-01-31" },
		"source":       func(r *orchestratorv1.StartRunRequest) { r.Source = "/data" },
		"supersede":    func(r *orchestratorv1.StartRunRequest) { r.Supersede, r.Reason = true, "x" },
		"restage":      func(r *orchestratorv1.StartRunRequest) { r.Restage = true },
		"full_extract": func(r *orchestratorv1.StartRunRequest) { r.FullExtract = true },
		"accept":       func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = "run_01hq7d" },
		"to_revision":  func(r *orchestratorv1.StartRunRequest) { r.ToRevision = 1 },
	} {
		req := cutting()
		change(req)
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, name)
	}
}

// A plan says what the run would drop.
func TestAPlanSaysWhatWouldBeDropped(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.keeping(t)
	due := snapshotv1.RetentionState_RETENTION_STATE_DUE
	s.history = []*snapshotv1.RetainedDate{
		{AsOf: "2024-01-31", State: snapshotv1.RetentionState_RETENTION_STATE_KEPT},
		{AsOf: "2023-10-31", State: due, Snapshots: []string{"users_snapshots"}, Rows: 2}, {AsOf: "2023-09-30", State: due, Snapshots: []string{"users_snapshots"}, Rows: 1},
	}
	req := ask()
	req.Mode = orchestratorv1.RunMode_RUN_MODE_PLAN

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.Contains(t, summaryOf(r, orchestratorv1.StepKind_STEP_KIND_PLAN), "; would drop 2023-10-31, 2023-09-30 (3 rows)")
	notice := r.GetFindings()[len(r.GetFindings())-1]
	require.Equal(t, string(problem.RetentionDue), notice.GetReason())
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, notice.GetSeverity())
	require.EqualValues(t, 2, notice.GetCount())
	require.Empty(t, s.made("Retain"), "a plan drops nothing")
}

// What the history has no place for is refused before a file is read.
func TestADateThatWasDroppedIsNotTakenAgain(t *testing.T) {
	t.Parallel()
	for says, date := range map[string]*snapshotv1.RetainedDate{
		"retention dropped its rows on 2024-06-01, and what was dropped is not stamped again": {
			AsOf: "2024-01-31", State: snapshotv1.RetentionState_RETENTION_STATE_DROPPED, Snapshots: []string{"users_snapshots"},
			DroppedAt: timestamppb.New(time.Date(2024, 6, 1, 9, 0, 0, 0, time.UTC)),
		},
		"it would be dropped as soon as it were stamped: the newest 2 dates are kept": {
			AsOf: "2024-01-31", State: snapshotv1.RetentionState_RETENTION_STATE_DUE,
		},
	} {
		s := setup(t)
		s.history = []*snapshotv1.RetainedDate{date}

		r := s.did(t, ask())

		requireState(t, r, failed)
		require.Equal(t, string(problem.RetainedNoLonger), r.GetReason())
		require.Contains(t, r.GetMessage(), says)
		require.Empty(t, s.made("Stage"))
	}
}
