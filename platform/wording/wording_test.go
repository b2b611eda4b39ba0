package wording_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/wording"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func TestOnlyABatchThatWasDiscardedAfterItsPlanIsPlanned(t *testing.T) {
	t.Parallel()
	for name, state := range ingestv1.BatchState_value {
		b := &ingestv1.Batch{State: ingestv1.BatchState(state)}
		require.Empty(t, wording.Planned(b), name)
		b.Plan = true
		want := ""
		if b.GetState() == ingestv1.BatchState_BATCH_STATE_DISCARDED {
			want = "planned"
		}
		require.Equal(t, want, wording.Planned(b), name)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	require.Empty(t, wording.Span(nil))
	require.Equal(t, "2024-01-31", wording.Span([]string{"2024-01-31"}))
	require.Equal(t, "2024-01-31 … 2024-03-31 (3)", wording.Span([]string{"2024-01-31", "2024-02-29", "2024-03-31"}))
}

func TestLater(t *testing.T) {
	t.Parallel()
	for horizon, want := range map[int32]string{0: "of the same period", 1: "1 period later", 12: "12 periods later"} {
		require.Equal(t, want, wording.Later(horizon))
	}
}
