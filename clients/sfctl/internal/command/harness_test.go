package command_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// result is what a command line came to.
type result struct {
	code     int
	out, err string
}

// sfctl runs a command line in a process without a terminal.
func sfctl(env map[string]string, args ...string) result {
	return sfctlIn(context.Background(), command.Process{}, env, args...)
}

// sfctlIn runs a command line in a process of which proc gives a part.
func sfctlIn(ctx context.Context, proc command.Process, env map[string]string, args ...string) result {
	var out, err bytes.Buffer
	proc.Args, proc.Out, proc.Err = args, &out, &err
	if proc.In == nil {
		proc.In = strings.NewReader("")
	}
	proc.Env = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	proc.Width = func() int { return 80 }
	proc.Now = func() time.Time { return begin.Add(time.Hour) }
	proc.User = "ana@desk"
	code := command.Run(ctx, proc)
	return result{code, out.String(), err.String()}
}

// at is the environment of a user of the gateway.
func at(g *gatewaytest.Gateway) map[string]string {
	return map[string]string{"SFCTL_SERVER": g.Address()}
}

var begin = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)

func after(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(begin.Add(d)) }

// onceWatched calls a function, beside the test, once somebody follows a run.
func onceWatched(t *testing.T, g *gatewaytest.Gateway, then func()) {
	t.Helper()
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		for len(gatewaytest.Requests[*orchestratorv1.WatchRunRequest](g)) == 0 {
			time.Sleep(time.Millisecond)
		}
		then()
	}()
}

// succeeded is a run that went well.
func succeeded() *orchestratorv1.Run {
	counts := []*stepv1.TableCounts{{Table: "users", Rows: 7043, Inserted: 7043}}
	step := func(kind orchestratorv1.StepKind, summary string, counts ...*stepv1.TableCounts) *orchestratorv1.Step {
		return &orchestratorv1.Step{Kind: kind, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED, Attempts: 1,
			StartedAt: after(0), EndedAt: after(410 * time.Millisecond), Summary: summary, Counts: counts}
	}
	return &orchestratorv1.Run{
		Id: "run_01hq7d", Dataset: "streamflow", DatasetVersion: "3f2a", AsOf: "2024-01-31", Source: "/data/month_000",
		Mode: orchestratorv1.RunMode_RUN_MODE_FULL, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED,
		Batch: "bat_01", Validation: "val_01", RequestedBy: "ana@desk", RequestId: "req_01",
		CreatedAt: after(-time.Minute), StartedAt: after(0), EndedAt: after(1640 * time.Millisecond), LastEvent: 4,
		Steps: []*orchestratorv1.Step{
			step(orchestratorv1.StepKind_STEP_KIND_STAGE, "7,043 rows of 1 table", counts...),
			step(orchestratorv1.StepKind_STEP_KIND_VALIDATE, "14 of 14 expectations held"),
			step(orchestratorv1.StepKind_STEP_KIND_PUBLISH, "inserted 7,043", counts...),
			step(orchestratorv1.StepKind_STEP_KIND_STAMP, "1 snapshot", &stepv1.TableCounts{Table: "users_snapshots", Rows: 7043}),
		},
	}
}

func finding(severity datasetv1.Severity) *stepv1.Finding {
	return &stepv1.Finding{
		Reason: "EXPECTATIONS_FAILED", Severity: severity, Table: "users", File: "users.csv", Column: "user_gender",
		Expectation: "expect_column_values_to_be_in_set", Count: 1, Message: "1 row has another user_gender",
		Expected: "Male, Female", Found: "X", Action: "Correct the row.",
		Rows: []*stepv1.RowLocation{{File: "users.csv", Line: 12, Key: []string{"7590-VHVEG"}, Column: "user_gender", Value: "X"}},
	}
}

// failed is a run that ended with a reason.
func failed(reason string) *orchestratorv1.Run {
	run := succeeded()
	run.State, run.Reason, run.Message = orchestratorv1.RunState_RUN_STATE_FAILED, reason, "1 critical expectation failed"
	run.Findings = []*stepv1.Finding{finding(datasetv1.Severity_SEVERITY_CRITICAL)}
	run.Steps = run.Steps[:1]
	return run
}

func events(state orchestratorv1.RunState) []*orchestratorv1.Event {
	return []*orchestratorv1.Event{
		{Number: 1, At: after(0), Kind: orchestratorv1.EventKind_EVENT_KIND_RUN_STARTED},
		{Number: 2, At: after(0), Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED, Step: orchestratorv1.StepKind_STEP_KIND_STAGE},
		{Number: 3, At: after(time.Second), Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED, Step: orchestratorv1.StepKind_STEP_KIND_STAGE, Message: "7,043 rows of 1 table"},
		{Number: 4, At: after(time.Second), Kind: orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED, State: state},
	}
}

// holding is a gateway that holds one of everything.
func holding(t *testing.T, runs ...*orchestratorv1.Run) *gatewaytest.Gateway {
	t.Helper()
	dataset := &datasetv1.Dataset{
		Name: "small", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "user_id", Type: "text"}}, Key: []string{"user_id"}}},
	}
	return gatewaytest.Start(t, &gatewaytest.Gateway{
		Runs:   runs,
		Events: events(orchestratorv1.RunState_RUN_STATE_SUCCEEDED),
		Datasets: []*orchestratorv1.DatasetVersion{{
			Version: "3f2a9c1d0b7e55aa", Dataset: dataset, CreatedAt: after(-48 * time.Hour), RequestedBy: "ana@desk", Current: true, Tables: 1,
		}},
		Versions: []*orchestratorv1.DatasetVersion{
			{Version: "3f2a9c1d0b7e55aa", RequestedBy: "ana@desk", AppliedAt: after(-48 * time.Hour), Current: true, Tables: 1},
			{Version: "9c01d2e3f4a5b6c7", RequestedBy: "ben@desk", AppliedAt: after(-96 * time.Hour), Tables: 1, Snapshots: 2},
		},
		Changes: changes(),
		NextRun: []*stepv1.AlteredRelation{
			{Name: "users", Found: "expected a column mail text, found none", Mend: `alter table "public"."users" add column "mail" text`},
			{Name: "users_snapshots", Found: "expected column mail text, found none", Mend: `alter table "public"."users_snapshots" add column "mail" text`},
		},
		Deleted: &orchestratorv1.DeleteDatasetResponse{
			Version: "3f2a9c1d0b7e55aa",
			Tables:  []*stepv1.Relation{{Schema: "public", Name: "users"}, {Schema: "public", Name: "users_snapshots"}},
		},
		Batches: []*ingestv1.Batch{{
			Id: "bat_01", Dataset: "streamflow", AsOf: "2024-01-31", Run: "run_01hq7d", Source: "/data/month_000",
			State: ingestv1.BatchState_BATCH_STATE_PUBLISHED, RequestedBy: "ana@desk", CreatedAt: after(0), PublishedAt: after(time.Second),
			Files:  []*ingestv1.BatchFile{{Table: "users", Name: "users.csv", SizeBytes: 4096, Sha256: "0123456789abcdef", SameAsOf: "2023-12-31"}},
			Counts: []*stepv1.TableCounts{{Table: "users", Rows: 7043, Inserted: 7043}},
		}},
		Snapshots: []*snapshotv1.Snapshot{{
			Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, KnownAt: after(time.Second),
			Rows: 7043, ContentHash: "h1:7043:1", Batch: "bat_01", Table: &stepv1.Relation{Schema: "public", Name: "users_snapshots"},
		}},
		Restatements: []*snapshotv1.Restatement{{
			Dataset: "streamflow", AsOf: "2024-01-31", KnownAt: after(time.Minute), Reason: "the fees were\x1b[2J those of December",
			RequestedBy: "ana@desk", Run: "run_02", Batch: "bat_02", Snapshots: []*stepv1.RestatedSnapshot{{
				Snapshot: "users_snapshots", Revision: 2, Supersedes: 1, Rows: 7043, Changed: 12,
				Columns: []*stepv1.ColumnCount{{Column: "fee", Updated: 12}},
				First:   []*stepv1.RestatedRow{{Key: []string{"u1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Columns: []string{"fee"}}},
			}},
			BuiltOn: []*snapshotv1.BuiltOn{
				{TrainingSet: "trn_02", Name: "churn", CreatedAt: after(time.Hour), Snapshots: []string{"labels_snapshots", "users_snapshots"}},
				{TrainingSet: "trn_01", Name: "ad_hoc", CreatedAt: after(0), Snapshots: []string{"users_snapshots"}},
			},
			BuiltOnCount: 1003, LaidOver: []string{"2024-02-29", "2024-03-31"},
		}, {
			Dataset: "streamflow", AsOf: "2023-12-31", KnownAt: after(time.Second), Reason: "a user too many", RequestedBy: "ben@desk", Run: "run_01",
			Snapshots: []*stepv1.RestatedSnapshot{{Snapshot: "users_snapshots", Revision: 2, Supersedes: 1, Rows: 7042, Removed: 1}},
		}},
		Gaps: []*snapshotv1.Gap{
			{Dataset: "streamflow", AsOf: "2024-05-31", Why: snapshotv1.GapReason_GAP_REASON_LATE, Snapshots: []string{"users_snapshots", "labels_snapshots"}, All: true, Days: 3},
			{
				Dataset: "streamflow", AsOf: "2024-04-30", Why: snapshotv1.GapReason_GAP_REASON_FAILED, Snapshots: []string{"users_snapshots", "labels_snapshots"}, All: true, Days: 1034,
				Run: "run_04", Reason: "ROWS_REJECTED", Message: "3 rows of\x1b[2J users were rejected",
			},
			{Dataset: "streamflow", AsOf: "2024-03-31", Why: snapshotv1.GapReason_GAP_REASON_UNDER_WAY, Snapshots: []string{"users_snapshots"}, All: true, Days: 64, Run: "run_03"},
			{Dataset: "streamflow", AsOf: "2024-02-29", Why: snapshotv1.GapReason_GAP_REASON_NEVER_DELIVERED, Snapshots: []string{"users_snapshots"}, All: true, Days: 95},
			{Dataset: "streamflow", AsOf: "2024-01-31", Why: snapshotv1.GapReason_GAP_REASON_NOT_STAMPED, Snapshots: []string{"labels_snapshots"}, Days: 124, Run: "run_01"},
		},
		Restored: &snapshotv1.RestoreResponse{
			Schema: "january", AsOf: "2024-01-31", KnownAt: after(time.Second), Without: []string{"visits"},
			Tables: []*snapshotv1.RestoredTable{{
				Table: "users", Relation: &stepv1.Relation{Schema: "january", Name: "users"}, Rows: 7043,
				Revisions:  []*snapshotv1.RestoredRevision{{Snapshot: "users_snapshots", Revision: 2, KnownAt: after(time.Second)}, {Snapshot: "words", Revision: 1}},
				References: []string{"(city) → cities"}, LeftOut: []string{"(agent) → agents: no snapshot of agents is stamped"}, Lacks: []string{"mail", "phone"},
			}},
		},
		Validation:   validation(),
		Verification: intact(),
		Difference:   differing(),
	})
}

// changes are one of each class.
func changes() []*orchestratorv1.DatasetChange {
	return []*orchestratorv1.DatasetChange{
		{
			Action: orchestratorv1.ChangeAction_CHANGE_ACTION_ADDED, Part: "column", Table: "users", Name: "mail", To: "text",
			Snapshots: []string{"users_snapshots"}, Class: orchestratorv1.ChangeClass_CHANGE_CLASS_EXPANDING,
			Note: "added by the next run, NULL in the rows that are there", Text: "table users, column mail: added: text",
		},
		{
			Action: orchestratorv1.ChangeAction_CHANGE_ACTION_CHANGED, Part: "column", Table: "users", Name: "visits", Field: "type",
			From: "integer", To: "bigint", Class: orchestratorv1.ChangeClass_CHANGE_CLASS_REWRITING, Text: "table users, column visits: type integer → bigint",
		},
		{
			Action: orchestratorv1.ChangeAction_CHANGE_ACTION_CHANGED, Part: "dataset", Field: "description", To: "Users.",
			Class: orchestratorv1.ChangeClass_CHANGE_CLASS_METADATA, Text: "dataset: description none → Users.",
		},
		{
			Action: orchestratorv1.ChangeAction_CHANGE_ACTION_REMOVED, Part: "column", Snapshot: "users_snapshots", Name: "city",
			Snapshots: []string{"users_snapshots"}, Class: orchestratorv1.ChangeClass_CHANGE_CLASS_REFUSED,
			Note: "the history that is there has values in it", Text: "snapshot users_snapshots, column city: removed",
		},
	}
}

// validation holds one expectation that held, one that did not, and one of a column.
func validation() *qualityv1.Validation {
	result := func(success bool, kind string, args map[string]any, d *qualityv1.ResultDetail) *qualityv1.ExpectationResult {
		kwargs, err := structpb.NewStruct(args)
		if err != nil {
			panic(err)
		}
		return &qualityv1.ExpectationResult{Table: "users", Success: success, Result: d,
			ExpectationConfig: &datasetv1.Expectation{Type: kind, Kwargs: kwargs, Severity: datasetv1.Severity_SEVERITY_WARNING}}
	}
	return &qualityv1.Validation{
		Id: "val_01", Batch: "bat_01", Dataset: "streamflow", AsOf: "2024-01-31", Run: "run_01hq7d", Success: true, EndedAt: after(0),
		Statistics: &qualityv1.Statistics{EvaluatedExpectations: 14, SuccessfulExpectations: 14},
		Results: []*qualityv1.ExpectationResult{
			result(true, "expect_table_row_count_to_be_between", map[string]any{"min_value": 1, "max_value": 9000},
				&qualityv1.ResultDetail{ObservedValue: structpb.NewNumberValue(7043)}),
			result(false, "expect_column_values_to_not_be_null", map[string]any{"column": "signup_date"},
				&qualityv1.ResultDetail{ElementCount: 7043, UnexpectedCount: 2}),
			{Table: "labels", Skipped: "no candidate stands", ExpectationConfig: &datasetv1.Expectation{Type: "expect_column_to_exist"}},
		},
	}
}
