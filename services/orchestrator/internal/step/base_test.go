package step_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// incremental is a task of a dataset of which the users bring only what changed.
func incremental(mode run.Mode) step.Task {
	t := task(mode)
	t.Dataset.Tables[0].Extract = datasetv1.Extract_EXTRACT_INCREMENTAL
	t.Dataset.Tables[0].DeletedWhen = &datasetv1.DeletedWhen{Column: "id", Value: "x"}
	return t
}

func januaryOf(table string) *stepv1.Base {
	return &stepv1.Base{
		Table: table, Snapshot: table + "_snapshots", AsOf: "2024-01-31", Revision: 3, ContentHash: "h1:7:1", Rows: 7,
		Relation: &stepv1.Relation{Schema: "public", Name: table + "_snapshots"},
	}
}

// Who stages, plans or publishes is told what extracts are laid over by now; who prepares,
// what they were laid over.
func TestEveryStepIsToldTheBases(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	base := januaryOf("users")
	w.Answers("GetBase", &snapshotv1.GetBaseResponse{Bases: []*stepv1.Base{base}})
	batch := stagedBatch(incremental(run.Full))
	batch.Overlays = []*ingestv1.Overlay{{Base: base, Delivered: 12_345, Added: 2, Replaced: 1, Deleted: 1_000}}
	w.Answers("Stage", batch)
	w.Answers("GetBatch", batch)

	full, plan := incremental(run.Full), incremental(run.Plan)
	staged, err := s.Do(t.Context(), run.Stage, full)
	require.NoError(t, err)
	for _, k := range []run.Kind{run.Validate, run.Publish} {
		_, err := s.Do(t.Context(), k, full)
		require.NoError(t, err)
	}
	_, err = s.Do(t.Context(), run.PlanChanges, plan)
	require.NoError(t, err)

	require.Equal(t, "14 rows of 2 tables; users: 12,345 rows over users_snapshots as of 2024-01-31 (revision 3), 2 new, 1 in place of others, 1,000 deleted", staged.Summary)
	asked := steptest.Requests[*snapshotv1.GetBaseRequest](t, w, "GetBase")
	require.Len(t, asked, 3)
	require.Equal(t, "2024-02-29", asked[0].GetAsOf())
	for method, got := range map[string][]*stepv1.Base{
		"Stage":   steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")[0].GetBases(),
		"Prepare": steptest.Requests[*snapshotv1.PrepareRequest](t, w, "Prepare")[0].GetBases(),
		"Publish": steptest.Requests[*ingestv1.PublishRequest](t, w, "Publish")[0].GetBases(),
		"Plan":    steptest.Requests[*ingestv1.PlanRequest](t, w, "Plan")[0].GetBases(),
	} {
		require.Len(t, got, 1, method)
		require.True(t, proto.Equal(base, got[0]), method)
	}
}

func TestADatasetOfFullExtractsIsAskedForNoBase(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	w.Answers("Stage", stagedBatch(task(run.Full)))

	for _, k := range []run.Kind{run.Stage, run.Validate, run.Publish} {
		_, err := s.Do(t.Context(), k, task(run.Full))
		require.NoError(t, err)
	}

	require.Empty(t, w.Calls("GetBase"))
}

// Where nobody can say what an extract is laid over, nothing is staged and nothing published.
func TestWithoutAnAnswerNothingIsLaidOverAnything(t *testing.T) {
	t.Parallel()
	for k, method := range map[run.Kind]string{run.Stage: "Stage", run.Publish: "Publish", run.PlanChanges: "Plan"} {
		w, s := setup(t)
		w.Fails("GetBase", 1, problem.New(problem.ServiceUnavailable, "away"))

		_, err := s.Do(t.Context(), k, incremental(run.Full))

		require.True(t, problem.Is(err, problem.ServiceUnavailable), k)
		require.Empty(t, w.Calls(method), k)
	}
}

// A run that takes its files for whole tables goes by a dataset that declares them so, and
// leaves the one that is registered as it is.
func TestFilesMayBeTakenForWholeTables(t *testing.T) {
	t.Parallel()
	declared := incremental(run.Full)
	require.Same(t, declared.Dataset, step.DatasetOf(declared.Run, declared.Dataset))
	declared.Run.FullExtract = true

	whole := step.DatasetOf(declared.Run, declared.Dataset)

	require.Equal(t, datasetv1.Extract_EXTRACT_FULL, whole.GetTables()[0].GetExtract())
	require.Nil(t, whole.GetTables()[0].GetDeletedWhen())
	require.True(t, proto.Equal(incremental(run.Full).Dataset, declared.Dataset))
	marks := step.MarksOf(declared.Run, declared.Dataset)
	require.Len(t, marks, 1, "rows may say all the same that they are deleted")
	require.Equal(t, "users", marks[0].GetTable())
	require.True(t, proto.Equal(&datasetv1.DeletedWhen{Column: "id", Value: "x"}, marks[0].GetWhen()))
	require.Empty(t, step.MarksOf(incremental(run.Full).Run, declared.Dataset), "what changed is laid over another state")
	w, s := setup(t)
	w.Answers("Stage", stagedBatch(declared))
	_, err := s.Do(t.Context(), run.Stage, step.Task{Run: declared.Run, Dataset: whole, Marks: marks, Fence: declared.Fence, ValidationOf: declared.ValidationOf, Progress: declared.Progress})
	require.NoError(t, err)
	require.Len(t, steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")[0].GetDeletionMarks(), 1)
	full := task(run.Full)
	full.Run.FullExtract = true
	require.Same(t, full.Dataset, step.DatasetOf(full.Run, full.Dataset), "there is nothing to take otherwise")
}
