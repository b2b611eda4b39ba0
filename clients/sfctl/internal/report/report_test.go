package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/report"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func at(millis int64) *timestamppb.Timestamp {
	return &timestamppb.Timestamp{Seconds: 1706745600 + millis/1000, Nanos: int32(millis%1000) * 1e6}
}

func step(kind orchestratorv1.StepKind, from, to int64, summary string, counts ...*stepv1.TableCounts) *orchestratorv1.Step {
	return &orchestratorv1.Step{
		Kind: kind, State: orchestratorv1.StepState_STEP_STATE_SUCCEEDED, Attempts: 1,
		StartedAt: at(from), EndedAt: at(to), Counts: counts, Summary: summary,
	}
}

func succeeded() *orchestratorv1.Run {
	return &orchestratorv1.Run{
		Id: "run_01hq7d", Dataset: "streamflow", AsOf: "2024-02-29", Source: "/data/month_001",
		Mode: orchestratorv1.RunMode_RUN_MODE_FULL, State: orchestratorv1.RunState_RUN_STATE_SUCCEEDED,
		StartedAt: at(0), EndedAt: at(1240),
		Steps: []*orchestratorv1.Step{
			step(orchestratorv1.StepKind_STEP_KIND_STAGE, 0, 410, "14,086 rows of 2 tables",
				&stepv1.TableCounts{Table: "users", Rows: 7043}, &stepv1.TableCounts{Table: "labels", Rows: 7043}),
			step(orchestratorv1.StepKind_STEP_KIND_VALIDATE, 410, 600, "52 of 52 expectations held"),
			step(orchestratorv1.StepKind_STEP_KIND_PUBLISH, 600, 1000, "updated 2,652",
				&stepv1.TableCounts{Table: "users", Rows: 7043, Unchanged: 7043, SameAsOf: "2024-01-31"},
				&stepv1.TableCounts{Table: "labels", Rows: 7043, Updated: 2652, Unchanged: 4391, Departed: 100}),
			step(orchestratorv1.StepKind_STEP_KIND_STAMP, 1000, 1240, "2 snapshots",
				&stepv1.TableCounts{Table: "users_snapshots", Rows: 7043, Inserted: 7043},
				&stepv1.TableCounts{Table: "labels_snapshots", Rows: 7043, Unchanged: 7043}),
		},
	}
}

func validation() *qualityv1.Validation {
	return &qualityv1.Validation{Id: "val_01", Success: true, Statistics: &qualityv1.Statistics{
		EvaluatedExpectations: 52, SuccessfulExpectations: 51, UnsuccessfulExpectations: 1, SkippedExpectations: 2,
	}}
}

func planned() *orchestratorv1.Run {
	run := succeeded()
	run.Mode, run.Backfill = orchestratorv1.RunMode_RUN_MODE_PLAN, true
	run.Steps = append(run.Steps[:2], step(orchestratorv1.StepKind_STEP_KIND_PLAN, 600, 700, "",
		&stepv1.TableCounts{Table: "labels", Rows: 7043, Updated: 2652, Unchanged: 4391, Departed: 100, Deleted: 100, Rejected: 2,
			Columns: []*stepv1.ColumnCount{{Column: "churn_label", Updated: 2652}, {Column: "same"}}}))
	return run
}

func failed() *orchestratorv1.Run {
	run := succeeded()
	run.State, run.Reason = orchestratorv1.RunState_RUN_STATE_FAILED, "EXPECTATIONS_FAILED"
	run.Message = "1 critical expectation failed"
	run.Steps[1].State, run.Steps[1].Summary = orchestratorv1.StepState_STEP_STATE_FAILED, ""
	for i, s := range run.Steps[2:] {
		run.Steps[2+i] = &orchestratorv1.Step{Kind: s.GetKind(), State: orchestratorv1.StepState_STEP_STATE_SKIPPED}
	}
	return run
}

// A dataset that grew by a hundred columns has a step line all the same.
func TestWhatWasDoneBeforeAStepStandsOnLinesOfItsOwn(t *testing.T) {
	t.Parallel()
	run := succeeded()
	run.Steps[2].Summary = "inserted 3; done before: alter table \"public\".\"users\" add column \"channel\" text; alter table b"
	run.Steps[3].Summary = "1 snapshot; done before: alter table \x1b[2J"
	var out strings.Builder

	require.NoError(t, report.Report{Run: run}.Write(&out))

	steps, after, _ := strings.Cut(out.String(), "\nDone before publish:\n")
	require.NotContains(t, steps, "alter table")
	require.Regexp(t, `publish .* inserted 3\n`, steps)
	require.True(t, strings.HasPrefix(after, "  alter table \"public\".\"users\" add column \"channel\" text\n  alter table b\nDone before stamp:\n  alter table \\x1b[2J\n"), after)
}

// What a step altered before it failed is listed as well; why it failed stands once, above.
func TestWhatWasDoneBeforeAStepThatFailed(t *testing.T) {
	t.Parallel()
	run := succeeded()
	run.State, run.Reason = orchestratorv1.RunState_RUN_STATE_FAILED, "LIVE_TABLE_DIFFERS"
	run.Message = "a constraint refuses a row; what was altered before it stays so, and the next run goes on from there"
	run.Steps[2].State, run.Steps[2].Summary = orchestratorv1.StepState_STEP_STATE_FAILED, run.Message+"; done before: alter table a"
	var out strings.Builder

	require.NoError(t, report.Report{Run: run}.Write(&out))

	require.Contains(t, out.String(), "\nDone before publish:\n  alter table a\n")
	require.Equal(t, 1, strings.Count(out.String(), "a constraint refuses a row"), out.String())
}

func TestReport(t *testing.T) {
	t.Parallel()
	unchanged := succeeded()
	unchanged.Unchanged = true
	unchanged.Steps = unchanged.Steps[:1]
	backfill := succeeded()
	backfill.Backfill = true
	nowhere := proto.CloneOf(backfill)
	nowhere.Findings = append(nowhere.GetFindings(), &stepv1.Finding{
		Reason: "NOWHERE_TO_GO", Severity: datasetv1.Severity_SEVERITY_WARNING,
		Message: "live holds a later as_of, and the dataset declares no snapshot of 2024-02-29: nothing takes the delivery",
		Action:  "To keep what was true as of each date, declare snapshots in the dataset, and deliver the as_of again.",
	})
	unchangedBackfill := succeeded()
	unchangedBackfill.Unchanged, unchangedBackfill.Backfill = true, true
	unchangedBackfill.Steps = unchangedBackfill.Steps[:3]
	unchangedBackfill.Steps[1].State, unchangedBackfill.Steps[1].Summary = orchestratorv1.StepState_STEP_STATE_SKIPPED, ""
	unchangedBackfill.Steps[2] = step(orchestratorv1.StepKind_STEP_KIND_PUBLISH, 600, 610,
		"live holds a later as_of and was left as it is",
		&stepv1.TableCounts{Table: "users", Rows: 7043, Unchanged: 7043})
	behind := proto.CloneOf(unchangedBackfill)
	behind.Supersede, behind.SupersedeReason = true, "the fees were those of December"
	explained := failed()
	explained.Findings = findings()[2:4]
	taken := succeeded()
	taken.Accepted = []*stepv1.Acceptance{
		{Reason: "DEPARTURES_OVER_LIMIT", Table: "labels", UpTo: proto.Int64(3522), FromRun: "run_01hq00", By: "ana@desk"},
		{Reason: "STALE_EXTRACT", By: "ana\x1b[2J"},
	}
	taken.Findings = []*stepv1.Finding{{
		Reason: "DEPARTURES_OVER_LIMIT", Severity: datasetv1.Severity_SEVERITY_INFO, Table: "labels", AcceptedBy: "ana@desk",
		Message: "labels.csv: found 3,522 keys that are not in it, 50 %; accepted for this run by ana@desk",
	}}
	superseding := succeeded()
	superseding.Supersede, superseding.SupersedeReason = true, "the fees were\x1b[2J those of December"
	superseding.Steps[2].Counts[0].Withdrawn = 12
	superseding.Steps[3].Counts[0] = &stepv1.TableCounts{Table: "users_snapshots", Rows: 7043, Unchanged: 7043, Deleted: 1}
	superseding.Restated = []*stepv1.RestatedSnapshot{{
		Snapshot: "users_snapshots", Revision: 3, Supersedes: 2, Rows: 7043, Added: 4, Removed: 1, Changed: 2652,
		Columns: []*stepv1.ColumnCount{{Column: "a", Updated: 2652}, {Column: "b", Updated: 5}, {Column: "c", Updated: 4}, {Column: "d", Updated: 3}, {Column: "e", Updated: 2}, {Column: "f", Updated: 1}},
		First: []*stepv1.RestatedRow{
			{Key: []string{"u1", "1"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED}, {Key: []string{"u2", "1"}, Change: stepv1.RowChange_ROW_CHANGE_REMOVED},
			{Key: []string{"u3\n", "1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Columns: []string{"a"}},
		},
		Found: "its partition sf_history.users_snapshots__2024_01_31__r1 did not hold what was stamped",
	}}
	proposed := planned()
	proposed.Supersede, proposed.SupersedeReason, proposed.Restated = true, "as ordered", superseding.GetRestated()[:1]
	queued := &orchestratorv1.Run{Id: "run_01", Dataset: "streamflow", AsOf: "2024-01-31", Source: "/d",
		State: orchestratorv1.RunState_RUN_STATE_QUEUED}
	tests := map[string]report.Report{
		"succeeded":          {Run: succeeded(), Validation: validation()},
		"plan":               {Run: planned(), Validation: validation()},
		"failed":             {Run: failed()},
		"unchanged":          {Run: unchanged},
		"explained":          {Run: explained},
		"unchanged-backfill": {Run: unchangedBackfill},
		"superseding-behind": {Run: behind},
		"backfill":           {Run: backfill},
		"backfill-nowhere":   {Run: nowhere},
		"queued":             {Run: queued},
		"accepted":           {Run: taken},
		"superseding":        {Run: superseding},
		"superseding-plan":   {Run: proposed},
		"colour":             {Run: failed(), Style: printer.Style{Colour: true}},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder

			require.NoError(t, r.Write(&out))

			golden.Equal(t, "report."+name, out.String())
		})
	}
}

func TestAPlanSaysWhatWouldBecomeOfDepartures(t *testing.T) {
	t.Parallel()
	run := planned()
	run.Steps[2].Counts[0].Deleted = 0
	run.Backfill, run.Unchanged = false, true
	var out strings.Builder

	require.NoError(t, report.Report{Run: run}.Write(&out))

	require.Contains(t, out.String(), "100 keys of labels departed: they would stay in the live table")
	require.Contains(t, out.String(), "publishing them would write nothing")
}

func TestReturnedKeysAndLateDeletionsAreTold(t *testing.T) {
	t.Parallel()
	run := succeeded()
	labels := run.GetSteps()[2].GetCounts()[1]
	labels.Departed, labels.Deleted, labels.Returned = 0, 4, 1
	var out strings.Builder

	require.NoError(t, report.Report{Run: run}.Write(&out))

	require.Contains(t, out.String(), "4 keys of labels had departed earlier: 4 deleted from the live table.")
	require.Contains(t, out.String(), "1 key of labels had departed and returned.")
}

func TestWithdrawnKeysAreTold(t *testing.T) {
	t.Parallel()
	for withdrawn, want := range map[int64]string{
		1: "Note: 1 key of labels that only the superseded delivery had brought was withdrawn from the live table.",
		2: "Note: 2 keys of labels that only the superseded delivery had brought were withdrawn from the live table.",
	} {
		run := succeeded()
		run.GetSteps()[2].GetCounts()[1].Withdrawn = withdrawn
		var out strings.Builder

		require.NoError(t, report.Report{Run: run}.Write(&out))

		require.Contains(t, out.String(), want)
	}
}

func TestStaleFileIsToldOnce(t *testing.T) {
	t.Parallel()
	run := succeeded()
	run.Findings = []*stepv1.Finding{{
		Reason: "STALE_EXTRACT", Severity: datasetv1.Severity_SEVERITY_INFO, Table: "users",
		Message: "users.csv is the same, byte for byte, as the file of 2024-01-31",
	}}
	var out strings.Builder

	require.NoError(t, report.Report{Run: run}.Write(&out))

	require.Equal(t, 1, strings.Count(out.String(), "byte for byte"))
}

func findings() []*stepv1.Finding {
	return []*stepv1.Finding{
		{Reason: "STALE_EXTRACT", Severity: datasetv1.Severity_SEVERITY_INFO, Message: "a notice"},
		{Reason: "EXPECTATIONS_FAILED", Severity: datasetv1.Severity_SEVERITY_WARNING, Table: "users", Message: "few users"},
		{
			Reason: "EXPECTATIONS_FAILED", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: "usage_agg_30d",
			File: "usage_agg_30d.csv", Column: "watch_hours_30d", Expectation: "expect_column_values_to_be_between",
			Count: 21, Message: "21 rows have watch_hours_30d below 0", Expected: "at least 0", Found: "-3.5", Action: "Correct the file.",
			Rows: []*stepv1.RowLocation{
				{File: "usage_agg_30d.csv", Line: 7044, Key: []string{"7590-VHVEG"}, Column: "watch_hours_30d", Value: "-3.5", Detail: "below 0"},
				{Line: 3, Key: []string{"a", "b"}, Value: "x"},
			},
		},
		{Reason: "FILE_MISSING", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: "labels", File: "labels.csv",
			Message: "labels.csv is not there\x1b[2J", Action: "Deliver it."},
		{Reason: "FILE_UNREADABLE", Message: "the manifest cannot be read"},
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	var out strings.Builder

	require.NoError(t, report.Findings{}.Write(&out, report.Verdicts(findings())))

	golden.Equal(t, "findings", out.String())
}

// A few rows are enough to see what they have in common; what is left out is said.
func TestAFindingListsAFewRowsAndSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		listed, all int
		allRows     bool
		shown       int
		says        string
	}{
		"few":                  {listed: 5, all: 5, shown: 5},
		"more than few":        {listed: 20, all: 20, shown: 5, says: "… and 15 more (--all-rows)"},
		"more than are listed": {listed: 20, all: 1032, shown: 5, says: "… and 1,027 more, the first 15 of them with --all-rows"},
		"all":                  {listed: 20, all: 20, allRows: true, shown: 20},
		"all that are listed":  {listed: 20, all: 1032, allRows: true, shown: 20, says: "… and 1,012 more"},
		"without a count":      {listed: 7, all: 0, shown: 5, says: "… and 2 more (--all-rows)"},
		"fewer listed":         {listed: 1, all: 40, shown: 1, says: "… and 39 more"},
	} {
		f := &stepv1.Finding{Reason: "ROWS_REJECTED", Message: "many", Count: int64(tc.all)}
		for i := range tc.listed {
			f.Rows = append(f.Rows, &stepv1.RowLocation{File: "a.csv", Line: int64(i + 2)})
		}
		var out strings.Builder

		require.NoError(t, report.Findings{AllRows: tc.allRows}.Write(&out, []*stepv1.Finding{f}))

		require.Equal(t, tc.shown, strings.Count(out.String(), "a.csv:"), name)
		if tc.says == "" {
			require.NotContains(t, out.String(), "…", name)
			continue
		}
		require.Contains(t, out.String(), tc.says+"\n", name)
	}
}

func TestWhatFollowsStandsUnderItsCause(t *testing.T) {
	t.Parallel()
	f := &stepv1.Finding{Reason: "ROWS_REJECTED", Message: "users.csv: 1 row", Action: "Correct it.", Follows: []*stepv1.Finding{
		{Reason: "ORPHANED_ROWS", Message: "labels.csv: 1 row refers to it", Action: "Nothing."},
		{Reason: "ORPHANED_ROWS", Message: "usage.csv: 2 rows\nrefer to it"},
	}}
	var out strings.Builder

	require.NoError(t, report.Findings{}.Write(&out, []*stepv1.Finding{f}))

	require.Equal(t, "1. ROWS_REJECTED\n   users.csv: 1 row\n   what to do   Correct it.\n"+
		"   follows      labels.csv: 1 row refers to it\n                usage.csv: 2 rows\\nrefer to it\n", out.String())
}

func TestAFindingSaysNothingTwice(t *testing.T) {
	t.Parallel()
	difference := "users.user_gender: expected the type text, found integer"
	var out strings.Builder

	require.NoError(t, report.Findings{}.Write(&out, []*stepv1.Finding{
		{Reason: "LIVE_TABLE_DIFFERS", Message: difference, Found: "expected the type text, found integer", Action: "Change one."},
		{Reason: "EXPECTATIONS_FAILED", Message: "users.age: 1 of 7,043 values is not at least 18 (expect_at_least)", Expectation: "expect_at_least",
			Expected: "at least 18, for at least 99 % of the values", Found: "1"},
	}))

	require.Equal(t, "1. LIVE_TABLE_DIFFERS\n   "+difference+"\n   what to do   Change one.\n\n"+
		"2. EXPECTATIONS_FAILED\n   users.age: 1 of 7,043 values is not at least 18 (expect_at_least)\n"+
		"   expected     at least 18, for at least 99 % of the values\n   found        1\n", out.String())
}

func TestVerdictsComeByWeight(t *testing.T) {
	t.Parallel()
	var reasons []string
	for _, f := range report.Verdicts(findings()) {
		reasons = append(reasons, f.GetReason()+" "+printer.Enum(f.GetSeverity()))
	}
	require.Equal(t, []string{
		"EXPECTATIONS_FAILED critical", "FILE_MISSING critical", "FILE_UNREADABLE ", "EXPECTATIONS_FAILED warning",
	}, reasons, "a finding without severity weighs as a critical one")
	require.Len(t, report.Warnings(findings()), 1)
	require.Empty(t, report.Warnings(nil))
}

// That erased keys came back is read before what it led to.
func TestErasedKeysThatCameBackAreReadFirst(t *testing.T) {
	t.Parallel()
	var reasons []string
	for _, f := range report.Verdicts([]*stepv1.Finding{
		{Reason: "SNAPSHOT_DIFFERS", Severity: datasetv1.Severity_SEVERITY_CRITICAL},
		{Reason: "STALE_EXTRACT", Severity: datasetv1.Severity_SEVERITY_WARNING},
		{Reason: "ERASED_KEYS_RETURNED", Severity: datasetv1.Severity_SEVERITY_WARNING},
	}) {
		reasons = append(reasons, f.GetReason())
	}
	require.Equal(t, []string{"ERASED_KEYS_RETURNED", "SNAPSHOT_DIFFERS", "STALE_EXTRACT"}, reasons)
}

func TestNoFindingsNoWords(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, report.Findings{}.Write(&out, nil))
	require.Empty(t, out.String())
}

// Files that are cut short alike lack the same keys: they are listed once.
func TestTheSameKeysAreListedOnce(t *testing.T) {
	t.Parallel()
	cut := func(table string, n int64, keys ...string) *stepv1.Finding {
		f := &stepv1.Finding{Reason: "DEPARTURES_OVER_LIMIT", Table: table, File: table + ".csv", Count: n, Message: table + ".csv: cut short", Action: "Accept it of " + table + "."}
		for _, k := range keys {
			f.Rows = append(f.Rows, &stepv1.RowLocation{File: f.GetFile(), Key: []string{k}, Detail: "not in the file"})
		}
		return f
	}
	rejected := cut("users", 2, "a", "b")
	rejected.Reason, rejected.Rows[0].Line, rejected.Rows[1].Line = "ROWS_REJECTED", 2, 3
	var out strings.Builder

	require.NoError(t, report.Findings{}.Write(&out, []*stepv1.Finding{
		cut("users", 9, "a", "b"), cut("labels", 9, "a", "b"), cut("usage", 9, "a", "c"), cut("plans", 8, "a", "b"), rejected, rejected, cut("one", 1, "a"), cut("two", 1, "a"),
	}))

	require.Equal(t, 1, strings.Count(out.String(), "the same keys"), out.String())
	_, labels, _ := strings.Cut(out.String(), "\n2. ")
	require.True(t, strings.HasPrefix(labels, "DEPARTURES_OVER_LIMIT labels\n   labels.csv: cut short\n   rows         9\n   where        labels.csv: the same keys as in 1.\n   what to do   Accept it of labels.\n"), labels)
}

// What a line holds that is no row is shown of every line, and of a key what is not to be seen.
func TestWhereARowStands(t *testing.T) {
	t.Parallel()
	for want, row := range map[string]*stepv1.RowLocation{
		`a.csv:3 "x,1": has 2 fields`:            {Line: 3, Value: "x,1", Detail: "has 2 fields"},
		`a.csv:3 key b id = "b": is bad`:         {Line: 3, Key: []string{"b"}, Column: "id", Value: "b", Detail: "is bad"},
		`a.csv:3 key "\ufeffb", Zoë 日本, x\y "z"`: {Line: 3, Key: []string{"\ufeffb", "Zoë 日本", `x\y "z"`}},
		`a.csv:3 key "", " ", " a", "a\u00a0b"`:  {Line: 3, Key: []string{"", " ", " a", "a\u00a0b"}},
		`a.csv:3 key "\u200b", "a\x1b[2J"`:       {Line: 3, Key: []string{"\u200b", "a\x1b[2J"}},
	} {
		var out strings.Builder
		require.NoError(t, report.Findings{}.Write(&out, []*stepv1.Finding{{Reason: "R", Message: "m", File: "a.csv", Rows: []*stepv1.RowLocation{row}}}))
		require.Contains(t, out.String(), "where        "+want+"\n")
	}
}
