package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

func asking(dataset, id, caller, asOf string) store.Request {
	return store.Request{ID: id, Dataset: dataset, Version: "v1", AsOf: asOf, Source: "/data", SourceKey: "k", Mode: run.Full, RequestedBy: caller}
}

func TestAnInstallationHoldsSoManyDatasets(t *testing.T) {
	t.Parallel()
	b := setup(t) // has one already
	b.Limits = store.Limits{Datasets: 2}
	b.apply(t, "two")

	_, _, err := b.Apply(t.Context(), store.Application{Content: &datasetv1.Dataset{Name: "three"}, Version: "v1", RequestedBy: "ann"})

	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	require.ErrorContains(t, err, "dataset three was not registered: there are 2 datasets, and there may be 2 (SF_MAX_DATASETS")
	_, unchanged, err := b.Apply(t.Context(), store.Application{Content: &datasetv1.Dataset{Name: "two"}, Version: "v1", RequestedBy: "ann"})
	require.NoError(t, err, "those that are there stay")
	require.True(t, unchanged)
	_, _, err = b.Apply(t.Context(), store.Application{Content: &datasetv1.Dataset{Name: "two"}, Version: "v2", Before: "v1", RequestedBy: "ann"})
	require.NoError(t, err, "and have new versions")
}

func TestADatasetAndACallerHaveSoManyRunsWaiting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(t, "one")
	b.apply(t, "two")
	b.Limits = store.Limits{Queued: 3, QueuedByCaller: 4}
	for i := range 3 {
		_, err := b.Start(t.Context(), asking("one", fmt.Sprint("r", i), "ann", fmt.Sprintf("2024-01-0%d", i+1)))
		require.NoError(t, err)
	}

	_, err := b.Start(t.Context(), asking("one", "r3", "ann", "2024-01-04"))
	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	require.ErrorContains(t, err, "3 runs wait for dataset one, and there may be 3 (SF_MAX_QUEUED")
	again, err := b.Start(t.Context(), asking("one", "r2", "ann", "2024-01-03"))
	require.NoError(t, err, "the same request is answered as before")
	require.False(t, again.New)
	joined, err := b.Start(t.Context(), asking("one", "r2-too", "ann", "2024-01-03"))
	require.NoError(t, err, "and who joins a run that waits adds none")
	require.True(t, joined.Joined)
	_, err = b.Start(t.Context(), asking("two", "r4", "ann", "2024-01-01"))
	require.NoError(t, err, "another dataset has its own")
	_, err = b.Start(t.Context(), asking("two", "r5", "ann", "2024-01-02"))
	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	require.ErrorContains(t, err, "4 runs wait that ann asked for, and there may be 4 (SF_MAX_QUEUED_BY_CALLER")
	_, err = b.Start(t.Context(), asking("two", "r6", "ben", "2024-01-02"))
	require.NoError(t, err, "another caller as well")
	_, err = b.Start(t.Context(), asking("two", "r5", "ann", "2024-01-02"))
	require.NoError(t, err, "what was refused left nothing: it joins ben's")
}
