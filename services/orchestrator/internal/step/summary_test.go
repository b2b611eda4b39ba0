package step

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

func TestSummariesOfStageAndValidate(t *testing.T) {
	t.Parallel()
	counts := []*stepv1.TableCounts{{Table: "users", Rows: 7043, Rejected: 3}, {Table: "labels", Rows: 1}}
	prepared := func(n int) *snapshotv1.PrepareResult {
		return &snapshotv1.PrepareResult{Snapshots: make([]*snapshotv1.PreparedSnapshot, n)}
	}
	gone := &snapshotv1.PrepareResult{Snapshots: []*snapshotv1.PreparedSnapshot{
		{Snapshot: "users", Unchanged: true}, {Snapshot: "labels", Found: "its partition is gone"},
	}}
	for want, got := range map[string]string{
		"refused: DATASET_INVALID": refusedLine(problem.New(problem.DatasetInvalid, "no")),
		"refused: SNAPSHOT_DIFFERS in a, b, c, 2 more": refusedLine(problem.New(problem.SnapshotDiffers, "no").
			Violate("a", "x").Violate("a", "y").Violate("b", "x").Violate("c", "x").Violate("d", "x").Violate("e", "x")),
		"7,044 rows of 2 tables, 3 rejected":                          stageLine(counts),
		"1 row of 1 table":                                            stageLine(counts[1:]),
		"13 of 14 expectations held, 2 skipped; 1 snapshot prepared":  validateLine(run.Full, validation(14, 13, 2, 0), prepared(1)),
		"2 of 2 expectations held; 2 snapshots could be stamped":      validateLine(run.Plan, validation(2, 2, 0, 0), prepared(2)),
		"4 of 4 expectations held; 2 rejected rows not seen":          validateLine(run.Full, validation(4, 4, 0, 2), nil),
		"1 of 1 expectation held, 3 skipped; 1 rejected row not seen": validateLine(run.Full, validation(1, 1, 3, 1), nil),
		"0 of 0 expectations held":                                    validateLine(run.Full, nil, nil),
		"; labels: its partition is gone, and would be filled again":  refilledLine(run.Plan, gone),
		"; labels: its partition is gone, and will be filled again":   refilledLine(run.Full, gone),
		"": refilledLine(run.Full, prepared(2)),
	} {
		require.Equal(t, want, got)
	}
}

func TestSummariesOfPublishAndStamp(t *testing.T) {
	t.Parallel()
	counts := []*stepv1.TableCounts{
		{Table: "users", Rows: 7043, Inserted: 100, Updated: 20, Unchanged: 6923, Departed: 1200, Deleted: 1200, Rejected: 3},
		{Table: "labels", Rows: 1},
	}
	stamped := func(unchanged bool, rows ...int64) *snapshotv1.StampResult {
		r := &snapshotv1.StampResult{}
		for _, n := range rows {
			r.Snapshots = append(r.Snapshots, &snapshotv1.StampedSnapshot{Snapshot: &snapshotv1.Snapshot{Rows: n}, Unchanged: unchanged})
		}
		return r
	}
	grown := stamped(true, 7, 7)
	grown.Snapshots[1].Snapshot.Snapshot, grown.Snapshots[1].Without = "labels", []string{"score", "why"}
	back := stamped(false, 7)
	back.Snapshots[0].Snapshot.Snapshot, back.Snapshots[0].Restored = "labels", "its partition is gone, and is filled again"
	for want, got := range map[string]string{
		"1 snapshot of 7 rows; labels: its partition is gone, and is filled again":                                                       stampLine(back),
		"2 snapshots of 7 rows, 2 stamped before with the same content (labels without score, why, which the dataset did not have then)": stampLine(grown),
		"3 snapshots of 7,043 rows": stampLine(stamped(false, 7043, 7043, 7043)),
		"2 snapshots, 3 rows in all, 2 stamped before with the same content":                       stampLine(stamped(true, 1, 2)),
		"inserted 100, updated 20, unchanged 6,923, departed 1,200 (1,200 deleted)":                publishLine(counts, false),
		"inserted 0, updated 0, unchanged 0, 4 deleted, returned 2":                                publishLine([]*stepv1.TableCounts{{Deleted: 4, Returned: 2}}, false),
		"inserted 0, updated 0, unchanged 0":                                                       publishLine(counts[1:], false),
		"live holds a later as_of and was left as it is":                                           publishLine(counts, true),
		"would insert 100, update 20, leave 6,923 unchanged, departed 1,200 (1,200 to be deleted)": planLine(&ingestv1.PlanResult{Counts: counts}),
		"live holds 2024-02-29, a later as_of, and would be left as it is":                         planLine(&ingestv1.PlanResult{Backfill: true, Watermark: "2024-02-29"}),
	} {
		require.Equal(t, want, got)
	}
}

func validation(evaluated, held, skipped int32, rejected int64) *qualityv1.Validation {
	return &qualityv1.Validation{RejectedRows: rejected, Statistics: &qualityv1.Statistics{
		EvaluatedExpectations: evaluated, SuccessfulExpectations: held, SkippedExpectations: skipped,
	}}
}

func TestAValidationThatDidNotSeeAllSaysSo(t *testing.T) {
	t.Parallel()
	reason, why := unseen(validation(4, 4, 0, 2))
	require.Equal(t, problem.RowsRejected, reason)
	require.Equal(t, "the expectations did not see 2 rows that could not be staged", why)

	reason, why = unseen(validation(4, 4, 1, 0))
	require.Equal(t, problem.ExpectationsFailed, reason)
	require.Equal(t, "a critical expectation could not be evaluated", why)
}

func TestVerdictIsTheFirstThatStopsTheRun(t *testing.T) {
	t.Parallel()
	finding := func(s datasetv1.Severity, reason problem.Reason, message string) *stepv1.Finding {
		return &stepv1.Finding{Severity: s, Reason: string(reason), Message: message}
	}
	info := finding(datasetv1.Severity_SEVERITY_INFO, problem.StaleExtract, "stale")
	odd := finding(datasetv1.Severity_SEVERITY_WARNING, problem.ExpectationsFailed, "odd")
	undeclared := finding(datasetv1.Severity_SEVERITY_UNSPECIFIED, problem.OrphanedRows, "orphans")
	rejected := finding(datasetv1.Severity_SEVERITY_CRITICAL, problem.RowsRejected, "rows")
	for _, tc := range []struct {
		name     string
		findings []*stepv1.Finding
		want     run.Failure
	}{
		{"none", nil, run.Failure{Reason: problem.BatchRejected, Message: "rejected"}},
		{"none that stops", []*stepv1.Finding{info, odd}, run.Failure{Reason: problem.BatchRejected, Message: "rejected"}},
		{"one", []*stepv1.Finding{info, rejected}, run.Failure{Reason: problem.RowsRejected, Message: "rows"}},
		{"undeclared is critical", []*stepv1.Finding{undeclared}, run.Failure{Reason: problem.OrphanedRows, Message: "orphans"}},
		{"many", []*stepv1.Finding{rejected, odd, undeclared, rejected}, run.Failure{Reason: problem.RowsRejected, Message: "rows (and 2 findings more)"}},
	} {
		require.Equal(t, &tc.want, verdict(tc.findings, problem.BatchRejected, "rejected"), tc.name)
	}
}
