package step_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// judging is a world in which a batch is staged and quality finds so much.
func judging(t *testing.T, v *qualityv1.Validation) (*steptest.World, *step.Services, step.Task) {
	t.Helper()
	w, s := setup(t)
	tk := task(run.Full)
	w.Answers("GetBatch", stagedBatch(tk))
	w.Answers("Validate", v)
	return w, s, tk
}

func held(n int32) *qualityv1.Validation {
	return &qualityv1.Validation{Id: "val_1", Success: true, Statistics: &qualityv1.Statistics{EvaluatedExpectations: n, SuccessfulExpectations: n}}
}

func TestJudgingAndPreparingGoByTheCandidates(t *testing.T) {
	t.Parallel()
	w, s, tk := judging(t, held(4))
	tk.Run.Restage = true
	w.Answers("Prepare", &snapshotv1.PrepareResult{Snapshots: []*snapshotv1.PreparedSnapshot{{Snapshot: "users_snapshots"}, {Snapshot: "orders_snapshots"}}})

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Nil(t, o.Failure)
	require.Equal(t, "4 of 4 expectations held; 2 snapshots prepared", o.Summary)
	require.Equal(t, []int64{5, 9}, []int64{o.Counts[0].GetRows(), o.Counts[1].GetRows()})
	v := steptest.Requests[*qualityv1.ValidateRequest](t, w, "Validate")[0]
	require.Equal(t, tk.Run.Validation, v.GetValidation(), "under the key that the run chose")
	require.Len(t, v.GetTables(), 2)
	p := steptest.Requests[*snapshotv1.PrepareRequest](t, w, "Prepare")[0]
	require.Len(t, p.GetCandidates(), 2)
	require.True(t, p.GetVerify())
}

func TestATableWithoutCandidatesIsJudgedAndNotPrepared(t *testing.T) {
	t.Parallel()
	w, s, tk := judging(t, held(4))
	b := stagedBatch(tk)
	b.Tables[1] = delivered("orders", 0)
	w.Answers("GetBatch", b)

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Len(t, o.Counts, 1)
	require.Len(t, steptest.Requests[*qualityv1.ValidateRequest](t, w, "Validate")[0].GetTables(), 2, "quality says that it could not see it")
	require.Len(t, steptest.Requests[*snapshotv1.PrepareRequest](t, w, "Prepare")[0].GetCandidates(), 1)
}

func TestWhatIsRejectedIsNotPrepared(t *testing.T) {
	t.Parallel()
	w, s, tk := judging(t, &qualityv1.Validation{Id: "val_1", RejectedRows: 3})
	b := stagedBatch(tk)
	b.State = ingestv1.BatchState_BATCH_STATE_REJECTED
	b.Findings = []*stepv1.Finding{finding("ROWS_REJECTED", "users", critical)}
	w.Answers("GetBatch", b)

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Empty(t, w.Calls("Prepare"))
	require.Equal(t, problem.RowsRejected, o.Failure.Reason)
	require.Equal(t, "the expectations did not see 3 rows that could not be staged", o.Failure.Message)
	require.Len(t, o.Findings, 1, "one report holds what both found")
}

func TestWithoutSnapshotsNothingIsPrepared(t *testing.T) {
	t.Parallel()
	w, s, tk := judging(t, held(1))
	tk.Dataset.Snapshots = nil

	_, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Empty(t, w.Calls("Prepare"))
}

func TestABadJudgementGivesPreparingUp(t *testing.T) {
	t.Parallel()
	bad := &qualityv1.Validation{Id: "val_1", Findings: []*stepv1.Finding{finding("EXPECTATIONS_FAILED", "users", critical)}}
	for name, fails := range map[string]error{"quality says no": nil, "quality is away": problem.New(problem.ServiceUnavailable, "quality stops")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s, tk := judging(t, bad)
			preparing, ended := make(chan struct{}, 1), make(chan struct{}, 1)
			w.On("Prepare", func(ctx context.Context, _ int, _ proto.Message) error {
				preparing <- struct{}{}
				<-ctx.Done()
				ended <- struct{}{}
				return ctx.Err()
			})
			w.On("Validate", func(context.Context, int, proto.Message) error {
				<-preparing
				return fails
			})

			o, err := s.Do(t.Context(), run.Validate, tk)

			receive(t, ended)
			if fails != nil {
				require.Equal(t, fault.Transient, fault.Of(err), "what kept it from judging, not that preparing was given up")
				return
			}
			require.NoError(t, err)
			require.Equal(t, problem.ExpectationsFailed, o.Failure.Reason)
			require.Equal(t, "EXPECTATIONS_FAILED in users", o.Failure.Message)
		})
	}
}

func TestASkippedExpectationIsNoSuccess(t *testing.T) {
	t.Parallel()
	_, s, tk := judging(t, &qualityv1.Validation{Id: "val_1"})

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Equal(t, problem.ExpectationsFailed, o.Failure.Reason)
	require.Equal(t, "a critical expectation could not be evaluated", o.Failure.Message)
}

func TestWhatPreparingWasRefusedForStandsBesideWhatQualityFound(t *testing.T) {
	t.Parallel()
	v := held(4)
	v.Findings = []*stepv1.Finding{finding("EXPECTATIONS_FAILED", "orders", warning)}
	w, s, tk := judging(t, v)
	w.Fails("Prepare", 100, problem.New(problem.SnapshotDiffers, "2024-02-29 was stamped otherwise").Violate("users_snapshots", "3 rows differ"))

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err, "it is a verdict")
	require.Equal(t, problem.SnapshotDiffers, o.Failure.Reason)
	require.Equal(t, "2024-02-29 was stamped otherwise", o.Failure.Message)
	require.Equal(t, "refused: SNAPSHOT_DIFFERS in users_snapshots", o.Summary)
	require.Len(t, o.Findings, 2)
	require.Equal(t, "EXPECTATIONS_FAILED", o.Findings[0].GetReason())
	require.Contains(t, o.Findings[1].GetMessage(), "3 rows differ")
}

// Erased keys that come back are why a date differs: that is said first, the way is to leave
// them out, and nothing names a row or offers to supersede.
func TestErasedKeysThatComeBackAreSaidFirst(t *testing.T) {
	t.Parallel()
	v := held(4)
	v.Findings = []*stepv1.Finding{finding("EXPECTATIONS_FAILED", "orders", warning)}
	w, s, tk := judging(t, v)
	b := stagedBatch(tk)
	b.Findings = []*stepv1.Finding{finding("STALE_EXTRACT", "users", warning), finding("ERASED_KEYS_RETURNED", "users", warning)}
	w.Answers("GetBatch", b)
	w.Fails("Prepare", 100, problem.New(problem.SnapshotDiffers, `users_snapshots: 1 row differs (1 only delivered): "c001" only delivered`).
		Violate("users_snapshots", `1 row differs (1 only delivered): "c001" only delivered; stamped from batch b1`))

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Equal(t, problem.SnapshotDiffers, o.Failure.Reason)
	require.Equal(t, "users_snapshots: 1 row differs (1 only delivered); rows that were erased have come back (ERASED_KEYS_RETURNED)", o.Failure.Message)
	var reasons []string
	for _, f := range o.Findings {
		reasons = append(reasons, f.GetReason())
		require.NotContains(t, f.String(), "c001")
		require.NotContains(t, f.String(), "supersede")
	}
	require.Equal(t, []string{"ERASED_KEYS_RETURNED", "STALE_EXTRACT", "EXPECTATIONS_FAILED", "SNAPSHOT_DIFFERS"}, reasons)
	require.Equal(t, "users_snapshots: 1 row differs (1 only delivered); stamped from batch b1; rows that were erased have come back (ERASED_KEYS_RETURNED): leave them out of the files", o.Findings[3].GetMessage())
	require.Contains(t, o.Findings[3].GetAction(), "Leave the rows whose keys were erased out of the files")
}

func TestPreparingThatMayPassIsNoVerdict(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"), problem.New(problem.DatabaseFull, "full"),
		problem.New(problem.StagingLost, "gone"), problem.New(problem.FenceLost, "another's"), status.Error(codes.Internal, "nil pointer"),
	} {
		w, s, tk := judging(t, held(4))
		w.Fails("Prepare", 100, err)

		o, got := s.Do(t.Context(), run.Validate, tk)

		require.Equal(t, fault.Of(err), fault.Of(got))
		require.Equal(t, run.Outcome{}, o)
	}
}

func TestWithoutItsBatchNothingIsJudged(t *testing.T) {
	t.Parallel()
	w, s, tk := judging(t, held(4))
	w.Fails("GetBatch", 100, problem.New(problem.BatchNotFound, "no batch"))

	_, err := s.Do(t.Context(), run.Validate, tk)

	require.Equal(t, fault.Verdict, fault.Of(err))
	require.Empty(t, w.Calls("Validate", "Prepare"))
}

func TestAPlanSaysThatItCouldBeStamped(t *testing.T) {
	t.Parallel()
	w, s, tk := judging(t, held(2))
	tk.Run.Mode = run.Plan
	w.Answers("Prepare", &snapshotv1.PrepareResult{Snapshots: []*snapshotv1.PreparedSnapshot{{Snapshot: "users_snapshots"}}})

	o, err := s.Do(t.Context(), run.Validate, tk)

	require.NoError(t, err)
	require.Equal(t, "2 of 2 expectations held; 1 snapshot could be stamped", o.Summary)
}
