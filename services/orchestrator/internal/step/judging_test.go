package step_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

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
stale: note
history: {keep: 12}
read_schema: yard_read
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
training_sets:
  - name: who
    entities: {snapshot: trips_snapshots}
    features: [{column: drivers_snapshots.name}]
    label: {column: trips_snapshots.op, horizon: 1}
    as_of: {dates: ["2024-01-31"]}
`

// What quality is asked to judge of a rollback is a dataset without a mistake, whatever of the
// whole is kept, and whatever it declares of deliveries, history and those who read it.
func TestWhatIsJudgedOfARollbackIsADatasetOfItsOwn(t *testing.T) {
	t.Parallel()
	d, mistakes := dataset.Read("yard.yaml", []byte(yard))
	require.NoError(t, mistakes.Err())
	before := proto.CloneOf(d)
	kinds, drivers, trips := []string{"kind"}, []string{"driver", "name", "since"}, []string{"no", "kind", "driver", "op"}
	for name, tc := range map[string]struct {
		kinds, drivers, trips []string
		want                  string
	}{
		"all of it":             {kinds, drivers, trips, "kinds 0 0, drivers 0 1, trips 2 2"},
		"as snapshots keep it":  {nil, []string{"driver", "name"}, trips, "drivers 0 0, trips 1 1"},
		"a part of the last":    {kinds, drivers, []string{"no", "kind"}, "kinds 0 0, drivers 0 1, trips 0 0"},
		"one of them only":      {nil, nil, trips, "trips 0 1"},
		"not who refers at all": {kinds, drivers, nil, "kinds 0 0, drivers 0 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			tk := task(run.Rollback)
			tk.Dataset = d
			w.Answers("GetBatch", &ingestv1.Batch{
				Id: tk.Run.Batch, Rollback: &stepv1.RollbackTarget{}, State: ingestv1.BatchState_BATCH_STATE_STAGED,
				Tables: []*stepv1.DeliveredTable{
					{Table: "kinds", HasHeader: true, Header: tc.kinds}, {Table: "drivers", HasHeader: true, Header: tc.drivers},
					{Table: "trips", HasHeader: true, Header: tc.trips},
				},
			})
			w.Answers("Prepare", &snapshotv1.PrepareResult{})
			w.Answers("Validate", &qualityv1.Validation{Id: "val_1"})

			_, err := s.Do(t.Context(), run.Validate, tk)

			require.NoError(t, err)
			judged := steptest.Requests[*qualityv1.ValidateRequest](t, w, "Validate")[0].GetDataset()
			require.NoError(t, dataset.Lint(judged).Err())
			var said []string
			for _, table := range judged.GetTables() {
				said = append(said, fmt.Sprintf("%s %d %d", table.GetName(), len(table.GetReferences()), len(table.GetExpectations())))
			}
			require.Equal(t, tc.want, strings.Join(said, ", "), "table, references, expectations")
			require.True(t, proto.Equal(before, d), "the run's own is as it was")
		})
	}
}
