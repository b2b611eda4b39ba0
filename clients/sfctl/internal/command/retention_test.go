package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// retaining is a history of which a date was dropped, one is due, one is pinned, and one kept.
func retaining(t *testing.T) *gatewaytest.Gateway {
	t.Helper()
	run := succeeded()
	run.Mode, run.Source, run.SupersedeReason, run.Batch = orchestratorv1.RunMode_RUN_MODE_RETENTION, "", "the contract asks for two", ""
	run.Steps = run.Steps[:1]
	run.Steps[0].Kind, run.Steps[0].Counts, run.Steps[0].Summary = orchestratorv1.StepKind_STEP_KIND_RETAIN, nil, "dropped 2023-12-31 (7,000 rows)"
	g := holding(t, run)
	pin := &snapshotv1.DatePin{Reason: "the model\x1b[2J in use", PinnedBy: "ann", PinnedAt: run.GetEndedAt()}
	g.Retention = &snapshotv1.PlanRetentionResponse{Rule: "the newest date is kept", Dates: []*snapshotv1.RetainedDate{
		{AsOf: "2024-02-29", State: snapshotv1.RetentionState_RETENTION_STATE_KEPT, Why: "the newest date is kept", Rows: 7043, Snapshots: []string{"users_snapshots"}},
		{AsOf: "2024-01-31", State: snapshotv1.RetentionState_RETENTION_STATE_HELD, Why: "pinned by ann: the model in use", Rows: 7043, Pin: pin},
		{AsOf: "2023-12-31", State: snapshotv1.RetentionState_RETENTION_STATE_DUE, Why: "the newest date is kept", Rows: 7000},
		{AsOf: "2023-11-30", State: snapshotv1.RetentionState_RETENTION_STATE_DROPPED, Why: "dropped by run_01: the newest date is kept", DroppedAt: run.GetEndedAt()},
	}}
	g.Snapshots = []*snapshotv1.Snapshot{
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, Pin: pin},
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2023-11-30", Revision: 1, DroppedAt: run.GetEndedAt()},
	}
	return g
}

func TestWhatAHistoryKeepsIsShown(t *testing.T) {
	t.Parallel()
	g := retaining(t)
	var out strings.Builder
	for _, line := range []string{"snapshot retain --dry-run", "snapshot retain --reason contract", "snapshot list", "snapshot revisions", "snapshot pin 2024-01-31 --reason audit", "snapshot unpin 2024-01-31"} {
		r := sfctl(at(g), strings.Fields(line)...)
		require.Zero(t, r.code, "%s: %s", line, r.err)
		require.NotContains(t, r.out, "\x1b[2J")
		out.WriteString("$ sfctl " + line + "\n" + r.out + r.err)
	}
	golden.Equal(t, "snapshot-retain", out.String())

	require.Equal(t, "streamflow", gatewaytest.Requests[*snapshotv1.PlanRetentionRequest](g)[0].GetDataset())
	started := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)
	require.Len(t, started, 1, "a dry run is no run")
	require.Equal(t, orchestratorv1.RunMode_RUN_MODE_RETENTION, started[0].GetMode())
	require.Empty(t, started[0].GetAsOf())
	require.Equal(t, "contract", started[0].GetReason())
	pin := gatewaytest.Requests[*snapshotv1.PinRequest](g)[0]
	require.Equal(t, "audit", pin.GetReason())
	require.NotEmpty(t, pin.GetRequestedBy())
}

// A list has no column for what none of its snapshots is.
func TestAListHasNoMarksWithoutReason(t *testing.T) {
	t.Parallel()
	g := retaining(t)
	g.Snapshots = []*snapshotv1.Snapshot{{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-02-29", Revision: 1}}

	r := sfctl(at(g), "snapshot", "list")

	require.NotContains(t, r.out, "DROPPED")
	require.NotContains(t, r.out, "PINNED")
	require.NotContains(t, r.out, "DUE_AND_KEPT")
}

// Whoever gives a date up is told what the next retention drops, and a list of a dataset whose
// retention cannot be said is one all the same.
func TestWhatIsGivenUpIsSaid(t *testing.T) {
	t.Parallel()
	g := retaining(t)
	for range 12 {
		g.Retention.Dates = append(g.Retention.Dates, &snapshotv1.RetainedDate{AsOf: "2023-10-31", State: snapshotv1.RetentionState_RETENTION_STATE_DUE})
	}
	require.Contains(t, sfctl(at(g), "snapshot", "unpin", "2024-01-31").err, "2023-10-31, 3 more (the newest date is kept).")
	require.NotContains(t, sfctl(at(g), "snapshot", "unpin", "2024-01-31", "-o", "json").err, "retention")

	g.Retention.Dates = g.Retention.Dates[:2]
	require.Contains(t, sfctl(at(g), "snapshot", "unpin", "2024-01-31").err, "The next retention drops nothing: the newest date is kept.")

	g.Retention = nil
	require.Zero(t, sfctl(at(g), "snapshot", "list").code)
	require.NotContains(t, sfctl(at(g), "snapshot", "unpin", "2024-01-31").err, "retention")
}

func TestPinsAreToldWhy(t *testing.T) {
	t.Parallel()
	for line, said := range map[string]string{
		"snapshot pin 2024-01-31": "reason", "snapshot pin --reason x": "AS_OF", "snapshot pin january --reason x": "AS_OF", "snapshot unpin": "AS_OF",
	} {
		g := retaining(t)

		r := sfctl(at(g), strings.Fields(line)...)

		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, said, line)
		require.Empty(t, gatewaytest.Requests[*snapshotv1.PinRequest](g))
	}
}

// A set that was forgotten says so wherever it is shown, and one whose dates are gone has an
// exit code of its own.
func TestATrainingSetIsForgotten(t *testing.T) {
	t.Parallel()
	g := retaining(t)
	set := &snapshotv1.TrainingSet{Id: "trn_01hq7d", Dataset: "streamflow", Name: "churn", AsOf: []string{"2024-01-31"},
		Forgotten: &snapshotv1.ForgottenTrainingSet{Reason: "model 7 is retired", ForgottenBy: "ann", ForgottenAt: succeeded().GetEndedAt()}}
	g.TrainingSets = []*snapshotv1.TrainingSet{set}
	g.Verified = &snapshotv1.VerifyTrainingSetResponse{Differences: []string{"RETAINED_NO_LONGER: labels_snapshots as of 2024-01-31: its rows were dropped on 2026-01-01, as the dataset's history declares"}}

	forgotten := sfctl(at(g), "training-set", "forget", "trn_01hq7d", "--reason", "model 7 is retired")
	listed := sfctl(at(g), "training-set", "list")
	verified := sfctl(at(g), "training-set", "verify", "trn_01hq7d")

	require.Zero(t, forgotten.code, forgotten.err)
	require.Contains(t, forgotten.out, "trn_01hq7d keeps no dates any more (forgotten by ann at ")
	require.Equal(t, "model 7 is retired", gatewaytest.Requests[*snapshotv1.ForgetTrainingSetRequest](g)[0].GetReason())
	require.Contains(t, forgotten.err, "The next retention drops 2023-12-31 (the newest date is kept).")
	require.Contains(t, listed.out, "keeps no dates any more (forgotten by ann")
	require.Equal(t, problem.ExitNotFound, verified.code)
	require.Contains(t, verified.out, "RETAINED_NO_LONGER: labels_snapshots as of 2024-01-31")
	g.TrainingSets = []*snapshotv1.TrainingSet{{Id: "trn_02", Dataset: "streamflow"}}
	require.NotContains(t, sfctl(at(g), "training-set", "list").out, "DATES")
}
