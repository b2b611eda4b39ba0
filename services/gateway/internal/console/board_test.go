package console

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

const (
	staged     = ingestv1.BatchState_BATCH_STATE_STAGED
	rejected   = ingestv1.BatchState_BATCH_STATE_REJECTED
	live       = ingestv1.BatchState_BATCH_STATE_PUBLISHED
	backfilled = ingestv1.BatchState_BATCH_STATE_BACKFILLED
	discarded  = ingestv1.BatchState_BATCH_STATE_DISCARDED
	jan, feb   = "2024-01-31", "2024-02-29"
)

// declared is a dataset with so many snapshots, as a list of datasets has it.
func declared(snapshots int32) *orchestratorv1.DatasetVersion {
	return &orchestratorv1.DatasetVersion{
		Version: "abc", Current: true, Snapshots: snapshots,
		Dataset: &datasetv1.Dataset{Name: "streamflow", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}},
	}
}

func batch(id, asOf string, state ingestv1.BatchState) *ingestv1.Batch {
	return &ingestv1.Batch{Id: id, AsOf: asOf, State: state}
}

func stampsOf(asOf string, rows ...int64) []*snapshotv1.Snapshot {
	var all []*snapshotv1.Snapshot
	for _, n := range rows {
		all = append(all, &snapshotv1.Snapshot{Dataset: "streamflow", AsOf: asOf, Rows: n})
	}
	return all
}

func validationOf(batch, asOf string, success bool) *qualityv1.Validation {
	return &qualityv1.Validation{
		Id: "val_" + batch, Batch: batch, AsOf: asOf, Success: success,
		Statistics: &qualityv1.Statistics{EvaluatedExpectations: 24, SuccessfulExpectations: 23},
	}
}

func TestTheBoardIsNewestFirstAndShowsTheGapsOfTheCalendar(t *testing.T) {
	t.Parallel()
	b := newBoard(holding{
		dataset:   declared(1),
		batches:   []*ingestv1.Batch{batch("bat_2", "2024-05-31", live), batch("bat_1", jan, live)},
		snapshots: stampsOf("2024-03-31", 1),
		runs:      []*orchestratorv1.Run{{Id: "run_9", AsOf: "2024-06-30", State: orchestratorv1.RunState_RUN_STATE_QUEUED}},
	})
	var dates, gaps []string
	for _, r := range b.Rows {
		dates = append(dates, r.AsOf)
		if r.Kind == "gap" {
			gaps = append(gaps, r.AsOf)
			require.Equal(t, "nothing received", r.State)
			require.Equal(t, nothing, r.Received.Text)
		}
	}
	require.Equal(t, []string{"2024-06-30", "2024-05-31", "2024-04-30", "2024-03-31", feb, jan}, dates)
	require.Equal(t, []string{"2024-04-30", feb}, gaps)
	require.False(t, b.Older)
}

func TestTheGapsAreThoseOfTheDatasetsCalendar(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		calendar    *datasetv1.Calendar
		first, last string
		want        []string
	}{
		"days":     {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}, "2024-02-28", "2024-03-01", []string{"2024-02-29"}},
		"weeks":    {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_WEEK}, "2024-01-07", "2024-01-28", []string{"2024-01-21", "2024-01-14"}},
		"Fridays":  {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_WEEK, EndsOn: datasetv1.Weekday_WEEKDAY_FRIDAY}, "2024-01-05", "2024-01-19", []string{"2024-01-12"}},
		"months":   {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_START}, "2024-01-01", "2024-03-01", []string{"2024-02-01"}},
		"quarters": {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_QUARTER_END}, "2023-12-31", "2024-06-30", []string{"2024-03-31"}},
		"years":    {&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_YEAR_END}, "2021-12-31", "2024-12-31", []string{"2023-12-31", "2022-12-31"}},
		"another calendar's dates": {
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_YEAR_END}, "2022-06-30", "2024-03-31", []string{"2023-12-31", "2022-12-31"},
		},
		"none": {nil, "2021-12-31", "2024-12-31", nil},
	} {
		d := declared(1)
		d.Dataset.Calendar = tc.calendar
		b := newBoard(holding{dataset: d, batches: []*ingestv1.Batch{batch("bat_2", tc.last, live), batch("bat_1", tc.first, live)}})
		var dates []string
		for _, r := range b.Rows {
			dates = append(dates, r.AsOf)
		}
		require.Equal(t, append([]string{tc.last}, append(tc.want, tc.first)...), dates, name)
		require.False(t, b.Older, name)
	}
}

// A century of days is not walked to its beginning.
func TestABoardOfDaysEndsWhereItIsFull(t *testing.T) {
	t.Parallel()
	d := declared(1)
	d.Dataset.Calendar = &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}

	b := newBoard(holding{dataset: d, batches: []*ingestv1.Batch{batch("bat_2", feb, live), batch("bat_1", "1900-01-01", live)}})

	require.Len(t, b.Rows, maxRows)
	require.Equal(t, "2024-01-01", b.Rows[maxRows-1].AsOf)
	require.True(t, b.Older)
}

func TestABoardOfADatasetWithNothing(t *testing.T) {
	t.Parallel()
	require.Empty(t, newBoard(holding{dataset: declared(1)}).Rows)
}

func TestALongBoardSaysThatThereIsMore(t *testing.T) {
	t.Parallel()
	b := newBoard(holding{dataset: declared(1), batches: []*ingestv1.Batch{batch("bat_2", feb, live), batch("bat_1", "2001-01-31", live)}})
	require.Len(t, b.Rows, maxRows)
	require.True(t, b.Older)
	require.True(t, newBoard(holding{dataset: declared(1), moreBatches: true}).Older)
}

func failedRun(id, reason string) *orchestratorv1.Run {
	return &orchestratorv1.Run{Id: id, AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_FAILED, Reason: reason}
}

func TestTheStateOfAnAsOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		h           holding
		state, kind string
	}{
		"stamped": {
			holding{batches: []*ingestv1.Batch{batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043, 7043)},
			"complete", "good",
		},
		"history only": {
			holding{batches: []*ingestv1.Batch{batch("bat_1", jan, backfilled)}, snapshots: stampsOf(jan, 7043, 7043)},
			"complete", "good",
		},
		"a later delivery was rejected": {
			holding{batches: []*ingestv1.Batch{batch("bat_2", jan, rejected), batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043, 7043)},
			"complete, newest delivery refused", "bad",
		},
		"one snapshot is missing": {
			holding{batches: []*ingestv1.Batch{batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043)},
			"published, not stamped", "busy",
		},
		"rejected": {holding{batches: []*ingestv1.Batch{batch("bat_1", jan, rejected)}}, "refused", "bad"},
		"failed its validation": {
			holding{batches: []*ingestv1.Batch{batch("bat_1", jan, staged)}, validations: []*qualityv1.Validation{validationOf("bat_1", jan, false)}},
			"refused", "bad",
		},
		"an earlier batch failed": {
			holding{batches: []*ingestv1.Batch{batch("bat_2", jan, staged)}, validations: []*qualityv1.Validation{validationOf("bat_1", jan, false)}},
			"staged", "idle",
		},
		"discarded": {holding{batches: []*ingestv1.Batch{batch("bat_1", jan, discarded)}}, "discarded", "idle"},
		"planned only": {
			holding{batches: []*ingestv1.Batch{{Id: "bat_1", AsOf: jan, Run: "run_1", Plan: true, State: discarded}}},
			"only planned", "idle",
		},
		"planned only, by a run": {
			holding{
				batches: []*ingestv1.Batch{{Id: "bat_1", AsOf: jan, Run: "run_1", State: rejected}},
				runs:    []*orchestratorv1.Run{{Id: "run_1", AsOf: jan, Mode: orchestratorv1.RunMode_RUN_MODE_PLAN, State: orchestratorv1.RunState_RUN_STATE_FAILED}},
			}, "only planned", "idle",
		},
		"planned before a run that was cancelled": {
			holding{
				batches: []*ingestv1.Batch{{Id: "bat_1", AsOf: jan, Run: "run_1", Plan: true, State: discarded}},
				runs:    []*orchestratorv1.Run{{Id: "run_2", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_CANCELLED}},
			}, "cancelled", "idle",
		},
		"being run": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_1", jan, rejected)},
				runs:    []*orchestratorv1.Run{{AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_RUNNING}},
			}, "running", "busy",
		},
		"its run failed before a batch": {
			holding{runs: []*orchestratorv1.Run{{AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_FAILED}}}, "failed", "bad",
		},
		"a later run found the data bad": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_2", jan, staged), batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043, 7043),
				runs: []*orchestratorv1.Run{failedRun("run_2", "EXPECTATIONS_FAILED"), {Id: "run_1", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED}},
			}, "complete, newest delivery refused", "bad",
		},
		"a later run found other content": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_2", jan, backfilled), batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043, 7043),
				runs: []*orchestratorv1.Run{failedRun("run_2", "SNAPSHOT_DIFFERS")},
			}, "complete, newest run failed: SNAPSHOT_DIFFERS", "bad",
		},
		"a later run succeeded after one that failed": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_2", jan, live), batch("bat_1", jan, rejected)}, snapshots: stampsOf(jan, 7043, 7043),
				runs: []*orchestratorv1.Run{{Id: "run_2", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED}, failedRun("run_1", "ROWS_REJECTED")},
			}, "complete", "good",
		},
		"a plan found the data bad": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_2", jan, rejected), batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043, 7043),
				runs: []*orchestratorv1.Run{
					{Id: "run_2", AsOf: jan, Mode: orchestratorv1.RunMode_RUN_MODE_PLAN, State: orchestratorv1.RunState_RUN_STATE_FAILED, Reason: "ROWS_REJECTED"},
					{Id: "run_1", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED},
				},
			}, "complete", "good",
		},
		"a retention failed after it": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_1", jan, live)}, snapshots: stampsOf(jan, 7043, 7043),
				runs: []*orchestratorv1.Run{
					{Id: "run_2", AsOf: jan, Mode: orchestratorv1.RunMode_RUN_MODE_RETENTION, State: orchestratorv1.RunState_RUN_STATE_FAILED, Reason: "SERVICE_UNAVAILABLE"},
					{Id: "run_1", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED},
				},
			}, "complete", "good",
		},
		"every run failed": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_2", jan, staged), batch("bat_1", jan, staged)},
				runs:    []*orchestratorv1.Run{failedRun("run_2", "LIVE_TABLE_DIFFERS"), failedRun("run_1", "EXPECTATIONS_FAILED")},
			}, "failed: LIVE_TABLE_DIFFERS", "bad",
		},
		"published, and its stamp failed": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_1", jan, live)},
				runs:    []*orchestratorv1.Run{failedRun("run_1", "SNAPSHOT_TABLE_DIFFERS")},
			}, "published, newest run failed: SNAPSHOT_TABLE_DIFFERS", "bad",
		},
		"cancelled": {
			holding{
				batches: []*ingestv1.Batch{batch("bat_1", jan, staged)},
				runs:    []*orchestratorv1.Run{{Id: "run_1", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_CANCELLED}},
			}, "cancelled", "idle",
		},
		"ingest is away": {holding{noBatches: true, snapshots: stampsOf(jan, 1, 1)}, "not known", "idle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.h.dataset = declared(2)
			r := newRow(tc.h, jan)
			require.Equal(t, tc.state, r.State)
			require.Equal(t, tc.kind, r.Kind)
		})
	}
}

func TestADatasetWithoutSnapshotsIsDoneWhenItIsPublished(t *testing.T) {
	t.Parallel()
	r := newRow(holding{dataset: declared(0), batches: []*ingestv1.Batch{batch("bat_1", jan, live)}}, jan)
	require.Equal(t, "complete", r.State)
	require.Equal(t, "good", r.Kind)
}

func TestAVersionThatAddsASnapshotSaysNothingOfThePast(t *testing.T) {
	t.Parallel()
	before := stampsOf(jan, 7043, 7043)
	for _, s := range before {
		s.DatasetVersion = "the one before"
	}
	h := holding{dataset: declared(3), batches: []*ingestv1.Batch{batch("bat_1", jan, live)}, snapshots: before}
	r := newRow(h, jan)
	require.Equal(t, "complete", r.State)
	require.Equal(t, "2 of 2 snapshots, 7,043 rows each", r.Stamped.Text)

	for _, s := range before {
		s.DatasetVersion = "abc"
	}
	require.Equal(t, "published, not stamped", newRow(h, jan).State, "of this version one is missing")
}

func TestACellSaysThatRowsWereNotSeen(t *testing.T) {
	t.Parallel()
	v := validationOf("bat_1", jan, false)
	v.RejectedRows = 2
	r := newRow(holding{dataset: declared(1), validations: []*qualityv1.Validation{v}}, jan)
	require.Equal(t, "23 of 24 held, 2 rejected rows not seen", r.Validated.Text)
}

func TestTheCellsOfARow(t *testing.T) {
	t.Parallel()
	h := holding{
		dataset:     declared(3),
		batches:     []*ingestv1.Batch{batch("bat_2", jan, staged), batch("bat_1", jan, backfilled), batch("bat_0", feb, live)},
		validations: []*qualityv1.Validation{validationOf("bat_2", jan, true)},
		snapshots:   stampsOf(jan, 6943, 7043),
		runs:        []*orchestratorv1.Run{{Id: "run_2", AsOf: jan, State: orchestratorv1.RunState_RUN_STATE_FAILED}},
	}
	r := newRow(h, jan)
	require.Equal(t, "2 batches", r.Received.Text)
	require.Equal(t, "/batches/bat_2", r.Received.Link)
	require.Equal(t, "23 of 24 held", r.Validated.Text)
	require.Equal(t, "/validations/val_bat_2", r.Validated.Link)
	require.Equal(t, "backfilled", r.Published.Text)
	require.Equal(t, "/batches/bat_1", r.Published.Link)
	require.Equal(t, "2 of 3 snapshots, 6,943 to 7,043 rows", r.Stamped.Text)
	require.Equal(t, "/datasets/streamflow/snapshots/2024-01-31", r.Stamped.Link)
	require.Equal(t, "/runs/run_2", r.Run)

	require.Nil(t, r.Stamped.At, "nobody says when")
	h.snapshots[0].KnownAt, h.snapshots[1].KnownAt = timestamppb.New(time.Unix(100, 0)), timestamppb.New(time.Unix(200, 0))
	require.EqualValues(t, 200, newRow(h, jan).Stamped.At.GetSeconds(), "a correction made a revision of the second one alone")

	h.noBatches, h.noValidations, h.noSnapshots = true, true, true
	r = newRow(h, jan)
	for _, c := range []cell{r.Received, r.Validated, r.Published, r.Stamped} {
		require.Equal(t, cell{Text: unknown}, c)
	}
}

func TestARowLinksToTheRunThatItsStateSpeaksOf(t *testing.T) {
	t.Parallel()
	plan := &orchestratorv1.Run{Id: "run_3", AsOf: jan, Mode: orchestratorv1.RunMode_RUN_MODE_PLAN, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED}
	h := holding{dataset: declared(1), runs: []*orchestratorv1.Run{plan, failedRun("run_2", "FILE_MISSING")}}

	require.Equal(t, "/runs/run_2", newRow(h, jan).Run)

	h.runs = h.runs[:1]
	require.Equal(t, "/runs/run_3", newRow(h, jan).Run, "where there is no other, that of the plan")
	require.Empty(t, newRow(h, feb).Run)
}
