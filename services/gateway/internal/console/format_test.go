package console

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestLabel(t *testing.T) {
	t.Parallel()
	require.Equal(t, "succeeded", label(orchestratorv1.RunState_RUN_STATE_SUCCEEDED))
	require.Equal(t, "run taken over", label(orchestratorv1.EventKind_EVENT_KIND_RUN_TAKEN_OVER))
	require.Equal(t, "backfilled", label(ingestv1.BatchState_BATCH_STATE_BACKFILLED))
	require.Equal(t, "critical", label(datasetv1.Severity_SEVERITY_CRITICAL))
	require.Equal(t, "–", label(orchestratorv1.StepKind_STEP_KIND_UNSPECIFIED))
}

func TestLeftOut(t *testing.T) {
	t.Parallel()
	listed := []*stepv1.RowLocation{{Line: 2}, {Line: 3}}
	require.EqualValues(t, 1030, leftOut(&stepv1.Finding{Count: 1032, Rows: listed}))
	require.Zero(t, leftOut(&stepv1.Finding{Count: 2, Rows: listed}))
	require.Zero(t, leftOut(&stepv1.Finding{Rows: listed}), "a finding that counts nothing")
}

func TestTimes(t *testing.T) {
	t.Parallel()
	moment := time.Date(2024, 3, 1, 5, 0, 0, 0, time.FixedZone("CET", 3600))
	at := timestamppb.New(moment)
	require.Equal(t, "2024-03-01 04:00:00 UTC", when(at))
	require.Equal(t, "2024-03-01T04:00:00Z", iso(at))
	require.Equal(t, "–", when(nil))
	require.Empty(t, iso(nil))
	for d, want := range map[time.Duration]string{
		12 * time.Millisecond: "12 ms", 4060 * time.Millisecond: "4.1 s", 61 * time.Second: "1m1s",
	} {
		require.Equal(t, want, took(at, timestamppb.New(moment.Add(d))))
	}
	require.Equal(t, "–", took(at, nil))
	require.Equal(t, "–", took(nil, at))
}

func TestChangesAreOfThePublishStepOrThePlan(t *testing.T) {
	t.Parallel()
	require.Equal(t, "–", changes(&orchestratorv1.Run{}))
}
