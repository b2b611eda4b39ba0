package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
)

// Who reaches the service, and counts through the numbers that fences have, publishes nothing,
// neither while a run is under way nor after it.
func TestWhoGuessesAFencePublishesNothing(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(20)...))
	own := h.fence
	folder := h.deliver("forged", everyone(1))
	for number := own.Number - 1; number <= own.Number+2; number++ {
		for _, token := range []fence.Token{{}, fence.NewToken()} {
			h.fence = fence.Fence{Dataset: own.Dataset, Number: max(number, 1), Token: token}

			_, err := h.stageRequest(h.request(february, folder))

			require.True(t, problem.Is(err, problem.FenceLost), "%d: %v", number, err)
		}
	}
	require.NoError(t, own.Lower(t.Context(), h.db.Pool(t, "sf_orchestrator")))
	h.fence = own
	_, err := h.stageRequest(h.request(february, folder))
	require.True(t, problem.Is(err, problem.FenceLost), "its run has ended: %v", err)
	require.Len(t, h.db.Rows(t, "select id from people"), 20)
	require.Len(t, h.db.Rows(t, "select id from sf_ingest.batch"), 1)
}
