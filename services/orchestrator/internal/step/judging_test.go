package step_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// yard is a dataset of which little is kept: trips come as increments, kinds have no snapshot,
// and drivers one of a part of their columns.
const yard = `
name: yard
calendar: {period: month_end}
tables:
  - {name: kinds, key: [kind], columns: [{name: kind, type: text}]}
  - name: drivers
    key: [driver]
    columns: [{name: driver, type: text}, {name: name, type: text}, {name: since, type: date}]
    expectations: [{type: expect_column_values_to_not_be_null, kwargs: {column: since}}]
  - name: trips
    key: ["no"]
    extract: incremental
    deleted_when: {column: op, value: D}
    departed_keys: ignore
    columns:
      - {name: "no", type: integer}
      - {name: kind, type: text}
      - {name: driver, type: text, renamed_from: who}
      - {name: op, type: text}
    references: [{columns: [kind], table: kinds}, {columns: [driver], table: drivers}]
    expectations:
      - {type: expect_column_values_to_be_in_other_table, kwargs: {column: kind, other_table: kinds, other_column: kind}}
      - {type: expect_column_values_to_not_be_null, kwargs: {column: kind}}
snapshots:
  - {name: drivers_snapshots, from: drivers, columns: [name]}
  - {name: trips_snapshots, from: trips}
`

// What quality is asked to judge of a rollback is a dataset without a mistake, whatever of the
// whole is not kept.
func TestWhatIsJudgedOfARollbackIsADatasetOfItsOwn(t *testing.T) {
	t.Parallel()
	d, mistakes := dataset.Read("yard.yaml", []byte(yard))
	require.NoError(t, mistakes.Err())
	w, s := setup(t)
	tk := task(run.Rollback)
	tk.Dataset = d
	header := func(table string, columns ...string) *stepv1.DeliveredTable {
		return &stepv1.DeliveredTable{Table: table, HasHeader: true, Header: columns}
	}
	w.Answers("GetBatch", &ingestv1.Batch{
		Id: tk.Run.Batch, Rollback: &stepv1.RollbackTarget{}, State: ingestv1.BatchState_BATCH_STATE_STAGED,
		Tables: []*stepv1.DeliveredTable{header("kinds"), header("drivers", "driver", "name"), header("trips", "no", "kind", "driver", "op")},
	})
	w.Answers("Prepare", &snapshotv1.PrepareResult{})
	w.Answers("Validate", &qualityv1.Validation{Id: "val_1"})

	_, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	judged := steptest.Requests[*qualityv1.ValidateRequest](t, w, "Validate")[0].GetDataset()
	require.NoError(t, dataset.Lint(judged).Err())
	require.Len(t, judged.GetTables(), 2)
	trips := judged.GetTables()[1]
	require.Len(t, trips.GetReferences(), 1, "of kinds nothing is kept; of drivers the key is")
	require.Len(t, trips.GetExpectations(), 1)
	require.Empty(t, judged.GetTables()[0].GetExpectations())
	require.Len(t, d.GetTables()[2].GetReferences(), 2, "the run's own is as it was")
}
