package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

func TestOneFolderIsOneSource(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{
			"/data/month_000", "/data/month_000/", "/data//month_000", "/data/./month_000", "/data/x/../month_000",
			"file:///data/month_000", "file:///data/month_000/", "file://localhost/data/month_000",
		},
		{"/", "//", "file:///"},
		{"s3://bucket/month_000", "s3://bucket/month_000/"},
		{"/data/Month_000"},
		{"/data/month_000x"},
		{"month_000"},
		{"s3://bucket//month_000"},
	} {
		for _, other := range same[1:] {
			require.Equal(t, sourceKey(same[0]), sourceKey(other), other)
		}
	}
	distinct := map[string]bool{}
	for _, s := range []string{"/data/month_000", "/", "s3://bucket/month_000", "/data/Month_000", "/data/month_000x", "month_000", "s3://bucket//month_000"} {
		distinct[sourceKey(s)] = true
	}
	require.Len(t, distinct, 7)
}

func TestTokensComeBack(t *testing.T) {
	t.Parallel()
	for _, k := range []string{"run_01", "a", "é/+ ?", ""} {
		got, err := key(token(k, true))
		require.NoError(t, err)
		require.Equal(t, k, got)
	}
	require.Empty(t, token("run_01", false))
	_, err := key("no token!")
	require.True(t, problem.Is(err, problem.InvalidRequest))
}

func TestPageSize(t *testing.T) {
	t.Parallel()
	for asked, want := range map[int32]int{0: 50, 1: 1, 1000: 1000} {
		require.Equal(t, want, pageSize(asked))
	}
}

// Every value that is stored has a name in the contract, and the other way round: a
// value of one that the other lacks would reach callers as "not known".
func TestEveryStoredValueIsOneOfTheContract(t *testing.T) {
	t.Parallel()
	states := map[orchestratorv1.RunState]bool{}
	for _, s := range []run.State{run.Queued, run.Running, run.Succeeded, run.Failed, run.Cancelled} {
		states[stateMessage(s)] = true
	}
	modes := map[orchestratorv1.RunMode]bool{}
	kinds := map[orchestratorv1.StepKind]bool{}
	for _, m := range []run.Mode{run.Full, run.Plan} {
		modes[modeMessage(m)] = true
		for _, k := range m.Kinds() {
			kinds[kindMessage(k)] = true
		}
	}
	steps := map[orchestratorv1.StepState]bool{}
	for _, s := range []run.StepState{run.StepPending, run.StepRunning, run.StepSucceeded, run.StepFailed, run.StepCancelled, run.StepSkipped} {
		steps[stepStateMessage(s)] = true
	}
	events := map[orchestratorv1.EventKind]bool{}
	for _, k := range []run.EventKind{
		run.RunQueued, run.RunStarted, run.RunTakenOver, run.StepStarted, run.StepProgress, run.StepDone,
		run.StepBroke, run.StepRetrying, run.CancelRequested, run.RunEnded,
	} {
		events[eventKindMessage(k)] = true
	}
	require.Len(t, states, len(orchestratorv1.RunState_name)-1)
	require.Len(t, modes, len(orchestratorv1.RunMode_name)-1)
	require.Len(t, kinds, len(orchestratorv1.StepKind_name)-1)
	require.Len(t, steps, len(orchestratorv1.StepState_name)-1)
	require.Len(t, events, len(orchestratorv1.EventKind_name)-1)
	require.False(t, states[0] || modes[0] || kinds[0] || steps[0] || events[0], "none of them is unspecified")
	require.Zero(t, kindMessage(""), "an event that is about no step names none")
}

func TestARunHasAReasonOnlyOnceItHasFailed(t *testing.T) {
	t.Parallel()
	r := &run.Run{State: run.Running, Reason: "ROWS_REJECTED", Message: "3 rows", Steps: run.NewSteps(run.Full)}
	require.Empty(t, runMessage(r).GetReason())
	r.State = run.Failed
	require.Equal(t, "ROWS_REJECTED", runMessage(r).GetReason())
	require.Equal(t, "3 rows", runMessage(r).GetMessage())
	require.Nil(t, runMessage(r).GetStartedAt())
	now := time.Now()
	r.StartedAt = &now
	require.True(t, now.Equal(runMessage(r).GetStartedAt().AsTime()))
}

func TestOnCalendarProposesTheClosest(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}}
	require.NoError(t, onCalendar(d, "2024-02-29"))
	for asOf, closest := range map[string]string{
		"2024-02-28": "2024-02-29", "2023-02-27": "2023-02-28", "2024-03-02": "2024-02-29", "2024-03-30": "2024-03-31", "2024-01-01": "2023-12-31",
	} {
		p := problem.FromError(onCalendar(d, asOf))
		require.Equal(t, problem.AsOfOffCalendar, p.Reason, asOf)
		require.Equal(t, closest, p.Metadata["closest"], asOf)
	}
}
