package orchestrator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator"
)

func away() error { return problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts") }

func TestAFaultThatPassesIsRetried(t *testing.T) {
	t.Parallel()
	for method, step := range map[string]string{
		"Stage": "STAGE", "Validate": "VALIDATE", "Prepare": "VALIDATE", "Publish": "PUBLISH", "Stamp": "STAMP", "GetBatch": "VALIDATE",
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.on(method, failing(1, away()))

			id := s.start(t, ask())
			events := s.events(t, id)
			r := s.run(t, id)

			requireState(t, r, succeeded)
			require.Contains(t, steps(r), step+" SUCCEEDED 2")
			require.Contains(t, lines(events), "STEP_RETRYING "+step+" 1 DATABASE_UNAVAILABLE")
			require.Contains(t, lines(events), "STEP_STARTED "+step+" 2")
		})
	}
}

func TestAnAttemptThatMayStillBeAtWorkIsFencedOff(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Stage", failing(1, status.Error(codes.Unavailable, "connection reset")))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	stages := s.made("Stage")
	require.Len(t, stages, 2)
	require.Equal(t, stages[0].Batch, stages[1].Batch, "sent again under the same key")
	require.Greater(t, stages[1].Fence, stages[0].Fence)
}

func TestFaultsByHowTheyAreMet(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err   error
		tries int
		state orchestratorv1.RunState
	}{
		"unavailable without a reason": {status.Error(codes.Unavailable, "gone"), 2, succeeded},
		"aborted without a reason":     {status.Error(codes.Aborted, "conflict"), 2, succeeded},
		"deadline":                     {status.Error(codes.DeadlineExceeded, "slow"), 2, succeeded},
		"an overloaded service":        {status.Error(codes.ResourceExhausted, "too many requests"), 2, succeeded},
		"cancelled by the service":     {status.Error(codes.Canceled, "stopping"), 2, succeeded},
		"a verdict":                    {problem.New(problem.SourceNotFound, "no folder"), 1, failed},
		"a mismatch":                   {problem.New(problem.AsOfMismatch, "February's"), 1, failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.on("Stage", failing(1, tc.err))

			r := s.did(t, ask())

			requireState(t, r, tc.state)
			require.Len(t, s.made("Stage"), tc.tries)
			if tc.state == failed {
				require.Equal(t, string(problem.FromError(tc.err).Reason), r.GetReason())
				require.Equal(t, problem.FromError(tc.err).Message, r.GetMessage())
				require.Equal(t, []string{"STAGE FAILED 1", "VALIDATE SKIPPED 0", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
			}
		})
	}
}

func TestADefectIsTriedThreeTimes(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Validate", failing(100, status.Error(codes.Internal, "nil pointer")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Len(t, s.made("Validate"), 3)
	require.Equal(t, string(problem.Internal), r.GetReason())
	require.Len(t, s.made("DiscardPrepared"), 1)
}

func TestFaultsAreNotRetriedForEver(t *testing.T) {
	t.Parallel()
	s := idle(t)
	cfg := quick()
	cfg.RetryFor = 300 * time.Millisecond
	s.client = s.replica(t, cfg, "").client
	s.apply(t, dataset("shop"))
	s.on("Stage", failing(100, away()))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, string(problem.DatabaseUnavailable), r.GetReason())
	require.Greater(t, len(s.made("Stage")), 1)
}

func TestARunThatHasPublishedWaitsForItsStamp(t *testing.T) {
	t.Parallel()
	s := idle(t)
	s.client = s.replica(t, orchestrator.Config{RetryFor: time.Nanosecond}, "").client
	s.apply(t, dataset("shop"))
	s.on("Stamp", failing(3, away()))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, int32(4), r.GetSteps()[3].GetAttempts())
}

func TestViolationsOfAnErrorBecomeFindings(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Prepare", failing(1, problem.New(problem.SnapshotDiffers, "2024-01-31 is stamped with other content").
		Violate("shop_users_snapshots", "stamped 7,043 rows, delivered 7,042")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, string(problem.SnapshotDiffers), r.GetReason())
	require.Equal(t, []string{"shop_users_snapshots: stamped 7,043 rows, delivered 7,042"}, messages(r))
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE FAILED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, "refused: SNAPSHOT_DIFFERS in shop_users_snapshots", r.GetSteps()[1].GetSummary(), "what held is not what stopped the run")
}

func TestAPublishThatIsRefusedFailsTheRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", failing(1, problem.New(problem.LiveTableDiffers, "other columns").Violate("shop_users.amount", "expected numeric, found text")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PUBLISH FAILED 1", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, []string{"shop_users.amount: expected numeric, found text"}, messages(r))
	require.Len(t, s.made("DiscardPrepared"), 1)
}

func TestCandidatesThatWereLostAreStagedAgain(t *testing.T) {
	t.Parallel()
	for method, step := range map[string]string{"Validate": "VALIDATE", "Prepare": "VALIDATE", "Publish": "PUBLISH"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.on(method, failing(1, problem.New(problem.StagingLost, "0 rows, expected 7,043")))

			id := s.start(t, ask())
			events := s.events(t, id)
			r := s.run(t, id)

			requireState(t, r, succeeded)
			stages := s.made("Stage")
			require.Len(t, stages, 2)
			require.Equal(t, stages[0].Batch, stages[1].Batch)
			require.Greater(t, stages[1].Fence, stages[0].Fence)
			require.Contains(t, steps(r), "STAGE SUCCEEDED 2")
			require.Contains(t, steps(r), "VALIDATE SUCCEEDED 2")
			require.Contains(t, lines(events), "STEP_RETRYING "+step+" 1 STAGING_LOST")
			validations := s.made("Validate")
			require.NotEqual(t, validations[0].Validation, validations[1].Validation, "what is staged anew is judged anew")
		})
	}
}

func TestCandidatesThatAreAlwaysLostEndTheRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Validate", failing(100, problem.New(problem.StagingLost, "0 rows, expected 7,043")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, string(problem.StagingLost), r.GetReason())
	require.Len(t, s.made("Stage"), 6)
}

func TestSnapshotsThatAreNotPreparedArePreparedAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Stamp", failing(1, problem.New(problem.NotPrepared, "nothing is prepared")))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 2", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 2"}, steps(r))
	require.Len(t, s.made("Prepare"), 2)
	require.Len(t, s.made("Publish"), 1, "what is published is not published again")
	validations := s.made("Validate")
	require.Equal(t, validations[0].Validation, validations[1].Validation, "the same content is the same validation")
}

func TestAPublishWhoseAnswerIsLostIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", func(context.Context, int) (bool, error) {
		return true, status.Error(codes.Unavailable, "the answer is lost")
	})

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Len(t, s.made("Publish"), 1)
	require.Equal(t, "PUBLISH SUCCEEDED 2", steps(r)[2])
	require.Equal(t, "inserted 14,086, updated 0, unchanged 0", r.GetSteps()[2].GetSummary())
}

func TestAServiceThatCannotTidyDoesNotFailTheRun(t *testing.T) {
	t.Parallel()
	s := idle(t)
	cfg := quick()
	cfg.RetryFor = 100 * time.Millisecond
	s.client = s.replica(t, cfg, "").client
	s.apply(t, dataset("shop"))
	s.on("DiscardStaging", failing(100, away()))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
}

func TestWhoLostTheFenceLeavesTheRunAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Validate", failing(1, problem.New(problem.FenceLost, "another worker holds shop")))

	id := s.start(t, ask())
	events := s.events(t, id)

	requireState(t, s.run(t, id), succeeded)
	require.Equal(t, []string{
		"RUN_QUEUED", "RUN_STARTED", "STEP_STARTED STAGE 1", "STEP_SUCCEEDED STAGE 1", "STEP_STARTED VALIDATE 1",
		"RUN_TAKEN_OVER", "STEP_STARTED VALIDATE 2",
	}, lines(events)[:7], "nothing was recorded until it was claimed again")
}

func TestTextThatPostgreSQLRefusesDoesNotHoldUpARun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.rejects(critical(problem.RowsRejected, "value \x00 of \\u0000"))
	s.on("Validate", failing(1, problem.New(problem.DatasetInvalid, "found \x00 and \\u0000")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, "value \uFFFD of \\u0000", r.GetMessage())
	require.Equal(t, []string{"value \uFFFD of \\u0000"}, messages(r))
	require.Equal(t, "found \uFFFD and \\u0000", r.GetSteps()[1].GetSummary())
}

func TestAMessageThatIsTooLargeFailsTheStepAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.delivers = func(b *ingestv1.Batch) { b.Source = strings.Repeat("x", 33<<20) }

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, string(problem.MessageTooLarge), r.GetReason())
	require.Contains(t, r.GetMessage(), "larger than max")
	require.Contains(t, r.GetMessage(), "declare fewer tables")
	require.Len(t, s.made("Stage"), 1)
}

// The second delivery is another one: what was wrong with the first is not why it fails.
func TestARunFailsForWhatItStagedLast(t *testing.T) {
	t.Parallel()
	s := setup(t)
	staged := 0
	s.delivers = func(b *ingestv1.Batch) {
		if staged++; staged == 1 {
			b.State = ingestv1.BatchState_BATCH_STATE_REJECTED
			b.Findings = []*stepv1.Finding{critical(problem.RowsRejected, "3 rows")}
		}
	}
	s.on("Validate", failing(1, problem.New(problem.StagingLost, "0 rows, expected 7,043")))
	s.finds(critical(problem.ExpectationsFailed, "negative"))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, []string{"STAGE SUCCEEDED 2", "VALIDATE FAILED 2", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, string(problem.ExpectationsFailed), r.GetReason())
	require.Equal(t, "negative", r.GetMessage())
}

// Each try fills the disk to the brim: the next one comes a minute later, and whoever
// watches is told so. A request to stop does not wait for it.
func TestAFullDiskIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Stage", failing(9, problem.New(problem.DatabaseFull, "the disk of PostgreSQL is full: staging users.csv needs about 1.3 GB of room")))
	id := s.start(t, ask())

	s.hears(t, id, "users.csv needs about 1.3 GB of room; trying again in 1m")
	time.Sleep(time.Second) // five tries of another fault
	require.Len(t, s.made("Stage"), 1)
	s.cancel(t, id)

	requireState(t, s.end(t, id), cancelled)
	require.Len(t, s.made("Stage"), 1)
}

// Once somebody has made room the step goes on by itself, and is no failure of the run.
func TestAStepGoesOnOnceThereIsRoom(t *testing.T) {
	t.Parallel()
	s := idle(t)
	cfg := quick()
	cfg.FullWait = 100 * time.Millisecond
	s.client = s.replica(t, cfg, "").client
	s.apply(t, dataset("shop"))
	full := problem.New(problem.DatabaseFull, "the disk of PostgreSQL is full: staging users.csv needs about 1.3 GB of room")
	s.on("Stage", failing(2, full))
	s.on("Publish", failing(1, full))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 3", "VALIDATE SUCCEEDED 1", "PUBLISH SUCCEEDED 2", "STAMP SUCCEEDED 1"}, steps(r))
	var waited []string
	for _, e := range s.events(t, r.GetId()) {
		if e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_RETRYING {
			waited = append(waited, e.GetReason()+" "+e.GetStep().String())
		}
	}
	require.Equal(t, []string{"DATABASE_FULL STEP_KIND_STAGE", "DATABASE_FULL STEP_KIND_STAGE", "DATABASE_FULL STEP_KIND_PUBLISH"}, waited)
}

// What a step took is what a person waited for it, all attempts and the pauses between.
func TestAStepsTimeIsThatOfAllItsAttempts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Stage", failing(3, away()))
	id := s.start(t, ask())

	events := s.events(t, id)

	var first time.Time
	for _, e := range events {
		if e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED {
			first = e.GetAt().AsTime()
			break
		}
	}
	stage := s.run(t, id).GetSteps()[0]
	require.Equal(t, int32(4), stage.GetAttempts())
	require.WithinDuration(t, first, stage.GetStartedAt().AsTime(), 100*time.Millisecond)
	require.Greater(t, stage.GetEndedAt().AsTime().Sub(stage.GetStartedAt().AsTime()), 700*time.Millisecond, "the pauses alone are that long")
}
