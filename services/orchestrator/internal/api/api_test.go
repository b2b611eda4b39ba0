package api

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/sourceuri"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

func TestOneFolderIsOneSource(t *testing.T) {
	t.Parallel()
	key := func(source string) string {
		folder, err := sourceuri.Path(source)
		require.NoError(t, err)
		return sourceKey(folder)
	}
	distinct := map[string]bool{}
	for _, same := range [][]string{
		{
			"/data/month_000", "/data/month_000/", "/data//month_000", "/data/./month_000", "/data/x/../month_000",
			"file:///data/month_000", "file:///data/month_000/", "file://localhost/data/month_000", "file:///data/month%5F000",
		},
		{"/", "//", "file:///"},
		{"/data/Month_000"},
		{"/data/month_000x"},
	} {
		distinct[key(same[0])] = true
		for _, other := range same[1:] {
			require.Equal(t, key(same[0]), key(other), other)
		}
	}
	require.Len(t, distinct, 4)
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
	for _, m := range []run.Mode{run.Full, run.Plan, run.Rollback, run.Retention, run.Erase, run.ErasePlan} {
		modes[modeMessage(m)] = true
		for _, k := range m.Kinds(true) {
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

func TestATokenOfAnotherListIsRefused(t *testing.T) {
	t.Parallel()
	id := ident.New(ident.Run)
	for _, tc := range []struct {
		name, key string
		shape     *regexp.Regexp
		taken     bool
	}{
		{"a run", id, runKey, true},
		{"the first page of runs", "", runKey, true},
		{"a batch, of runs", ident.New(ident.Batch), runKey, false},
		{"a dataset, of runs", "shop", runKey, false},
		{"the beginning of a run", id[:10], runKey, false},
		{"more than a run", id + "0", runKey, false},
		{"two lines", id + "\n" + id, runKey, false},
		{"a dataset", "shop_2", datasetKey, true},
		{"the longest dataset", strings.Repeat("a", 48), datasetKey, true},
		{"the first page of datasets", "", datasetKey, true},
		{"no dataset", "Shop", datasetKey, false},
		{"too long for a dataset", strings.Repeat("a", 49), datasetKey, false},
	} {
		token := page.Token(tc.key)

		got, err := key(token, tc.shape)

		if tc.taken {
			require.NoError(t, err, tc.name)
			require.Equal(t, tc.key, got, tc.name)
			continue
		}
		require.True(t, problem.Is(err, problem.InvalidRequest), tc.name)
		require.ErrorContains(t, err, token, tc.name)
	}
	_, err := key("no token!", runKey)
	require.True(t, problem.Is(err, problem.InvalidRequest))
}
