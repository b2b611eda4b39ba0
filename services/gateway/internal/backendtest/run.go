package backendtest

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Begun is when the runs of the tests began.
var Begun = time.Date(2024, 3, 1, 4, 0, 0, 0, time.UTC)

// At is a moment so many seconds after Begun.
func At(seconds int) *timestamppb.Timestamp {
	return timestamppb.New(Begun.Add(time.Duration(seconds) * time.Second))
}

// FailedRun is a run that failed at validation, with findings that hold what an
// attacker would put into a file.
func FailedRun() *orchestratorv1.Run {
	return &orchestratorv1.Run{
		Id: "run_2", Dataset: "streamflow", DatasetVersion: "abc", AsOf: "2024-02-29",
		Source: "/data/month_001", Mode: orchestratorv1.RunMode_RUN_MODE_FULL,
		State: orchestratorv1.RunState_RUN_STATE_FAILED, Reason: "EXPECTATIONS_FAILED",
		Message: "1 of 24 expectations failed", Batch: "bat_2", Validation: "val_2",
		RequestedBy: "ada@desk", CreatedAt: At(0), StartedAt: At(1), EndedAt: At(4), LastEvent: 4,
		Steps: []*orchestratorv1.Step{
			{
				Kind: orchestratorv1.StepKind_STEP_KIND_STAGE, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED, Attempts: 1,
				StartedAt: At(1), EndedAt: At(2), Summary: "6 files", Counts: []*stepv1.TableCounts{
					{Table: "users", Rows: 7043, SameAsOf: "2024-01-31"}, {Table: "usage_agg_30d", Rows: 7043},
				},
			},
			{
				Kind: orchestratorv1.StepKind_STEP_KIND_VALIDATE, State: orchestratorv1.StepState_STEP_STATE_FAILED, Attempts: 2,
				StartedAt: At(2), EndedAt: At(4),
			},
			{Kind: orchestratorv1.StepKind_STEP_KIND_PUBLISH, State: orchestratorv1.StepState_STEP_STATE_SKIPPED},
			{Kind: orchestratorv1.StepKind_STEP_KIND_STAMP, State: orchestratorv1.StepState_STEP_STATE_SKIPPED},
		},
		Findings: []*stepv1.Finding{{
			Reason: "EXPECTATIONS_FAILED", Severity: datasetv1.Severity_SEVERITY_CRITICAL,
			Table: "usage_agg_30d", File: "usage_agg_30d.csv", Column: "watch_hours_30d",
			Expectation: "expect_column_values_to_be_between", Count: 1,
			Message:  "1 row of usage_agg_30d has watch_hours_30d below 0",
			Expected: ">= 0", Found: "-1.5", Action: "Correct the row.",
			Rows: []*stepv1.RowLocation{{
				File: "usage_agg_30d.csv", Line: 7044, Key: []string{"<script>alert(1)</script>"},
				Column: "watch_hours_30d", Value: `"><img src=x onerror=alert(2)>`, Detail: "below 0",
			}},
		}, {
			Reason: "ROWS_REJECTED", Severity: datasetv1.Severity_SEVERITY_CRITICAL,
			Table: "users", File: "users.csv", Column: "signup_date", Count: 1032,
			Message: "1,032 values that are no date", Action: "Correct the rows.",
			Rows:    []*stepv1.RowLocation{{File: "users.csv", Line: 12, Column: "signup_date", Value: "soon"}},
			Follows: []*stepv1.Finding{{Reason: "ORPHANED_ROWS", Table: "labels", Message: "labels.csv: 1,032 rows refer to rejected rows of users.csv"}},
		}},
	}
}

// SucceededRun is a run that published and stamped.
func SucceededRun() *orchestratorv1.Run {
	counts := []*stepv1.TableCounts{
		{Table: "users", Rows: 7043, Inserted: 7000, Updated: 3, Unchanged: 40, Departed: 100},
		{Table: "labels", Rows: 7043, Inserted: 7043},
	}
	step := func(k orchestratorv1.StepKind, from int, c ...*stepv1.TableCounts) *orchestratorv1.Step {
		return &orchestratorv1.Step{
			Kind: k, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED, Attempts: 1,
			StartedAt: At(from), EndedAt: At(from + 1), Counts: c,
		}
	}
	return &orchestratorv1.Run{
		Id: "run_1", Dataset: "streamflow", DatasetVersion: "abc", AsOf: "2024-01-31", Source: "/data/month_000",
		Mode: orchestratorv1.RunMode_RUN_MODE_FULL, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED,
		Batch: "bat_1", Validation: "val_1", RequestedBy: "ada@desk",
		CreatedAt: At(-100), StartedAt: At(-99), EndedAt: At(-95), LastEvent: 3,
		Steps: []*orchestratorv1.Step{
			step(orchestratorv1.StepKind_STEP_KIND_STAGE, -99), step(orchestratorv1.StepKind_STEP_KIND_VALIDATE, -98),
			step(orchestratorv1.StepKind_STEP_KIND_PUBLISH, -97, counts...), step(orchestratorv1.StepKind_STEP_KIND_STAMP, -96),
		},
	}
}

// Events is so many events of a run; the last is RUN_ENDED where ended is true.
func Events(run string, count int, ended bool) []*orchestratorv1.Event {
	events := make([]*orchestratorv1.Event, count)
	for i := range events {
		events[i] = &orchestratorv1.Event{
			Run: run, Number: int64(i + 1), At: At(i), Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS,
			Step: orchestratorv1.StepKind_STEP_KIND_STAGE, Attempt: 1, State: orchestratorv1.RunState_RUN_STATE_RUNNING,
			Message: fmt.Sprintf("line %d", i+1),
		}
	}
	events[0].Kind = orchestratorv1.EventKind_EVENT_KIND_RUN_QUEUED
	if ended {
		events[count-1].Kind = orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED
		events[count-1].State = orchestratorv1.RunState_RUN_STATE_SUCCEEDED
	}
	return events
}

// Stored answers WatchRun from a list as the orchestrator does: from the number asked
// for, and to the end where the last event is RUN_ENDED; else until the caller goes.
func Stored(events []*orchestratorv1.Event) Watch {
	return func(ctx context.Context, req *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		for _, e := range events {
			if e.GetNumber() < req.GetFrom() {
				continue
			}
			if err := send(e); err != nil {
				return err
			}
		}
		if len(events) > 0 && events[len(events)-1].GetKind() == orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

// NoRun is the error of a run that is not there.
func NoRun(id string) error {
	return problem.New(problem.RunNotFound, "expected a run, found none whose identifier begins with %q", id).With("run", id)
}
