package step

import (
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// Who takes an erase over finds nothing any more in validations and runs that an attempt
// before erased from: it tells what was counted.
func TestAnEraseTellsWhatAnAttemptBeforeTook(t *testing.T) {
	t.Parallel()
	rows := func(from stepv1.ErasedFrom, n int64) *stepv1.ErasedRows {
		return &stepv1.ErasedRows{From: from, Rows: n}
	}
	live, ofRun, validation := stepv1.ErasedFrom_ERASED_FROM_LIVE, stepv1.ErasedFrom_ERASED_FROM_RUN, stepv1.ErasedFrom_ERASED_FROM_VALIDATION
	counted := []*stepv1.ErasedRows{rows(live, 9), rows(validation, 4), rows(ofRun, 7)}
	for name, tc := range map[string]struct {
		found []*stepv1.ErasedRows
		want  string
	}{
		"all at once":        {[]*stepv1.ErasedRows{rows(live, 1), rows(validation, 4), rows(ofRun, 7)}, "rows that went: 1 of live, 4 of validations, 7 of runs"},
		"validations before": {[]*stepv1.ErasedRows{rows(live, 1), rows(ofRun, 7)}, "rows that went: 1 of live, 4 of validations, 7 of runs"},
		"both before":        {[]*stepv1.ErasedRows{rows(live, 1)}, "rows that went: 1 of live, 4 of validations, 7 of runs"},
		"some before":        {[]*stepv1.ErasedRows{rows(live, 1), rows(validation, 1), rows(ofRun, 9)}, "rows that went: 1 of live, 4 of validations, 9 of runs"},
	} {
		e := &erased{rows: tc.found}

		e.remember(counted)

		require.Equal(t, tc.want, e.line("went"), name)
	}
	nothing := &erased{}
	nothing.remember(nil)
	require.Equal(t, "no row went", nothing.line("went"))
}

// An erase has no date: it looks into history also where every table is collected since one.
func TestAnEraseConcernsTablesThatAreCollectedSinceADate(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{
		Tables:    []*datasetv1.Table{{Name: "users", Since: "2024-01-31"}},
		Snapshots: []*datasetv1.Snapshot{{Name: "users_snapshots", From: "users"}},
	}

	require.True(t, Task{Dataset: d, Run: &run.Run{Mode: run.Erase}}.snapshots())
	require.True(t, Task{Dataset: d, Run: &run.Run{Mode: run.ErasePlan}}.snapshots())
	require.False(t, Task{Dataset: d, Run: &run.Run{Mode: run.Full, AsOf: "2023-12-31"}}.snapshots())
	require.False(t, Task{Dataset: &datasetv1.Dataset{}, Run: &run.Run{Mode: run.Erase}}.snapshots(), "there is none")
}
