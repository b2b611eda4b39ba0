package orchestrator_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// patient runs one replica that waits faults out for so long, with the dataset shop.
func patient(t *testing.T, retryFor time.Duration) *suite {
	t.Helper()
	s := idle(t)
	cfg := quick()
	cfg.RetryFor = retryFor
	s.client = s.replica(t, cfg, "").client
	s.apply(t, dataset("shop"))
	return s
}

// The last attempt that a publish is given commits, and its answer is lost: what took
// place counts, whatever was heard of it.
func TestAPublishThatCommitsInItsLastAttemptGoesForward(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]func(n int, since time.Duration) (done bool, err error){
		"a fault that may pass": func(_ int, since time.Duration) (bool, error) {
			return since > 500*time.Millisecond, status.Error(codes.Unavailable, "the answer is lost")
		},
		"a fault without a reason": func(n int, _ time.Duration) (bool, error) {
			return n == 3, status.Error(codes.Internal, "nil pointer")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := patient(t, 500*time.Millisecond)
			begun := sync.OnceValue(time.Now)
			s.on("Publish", func(_ context.Context, n int) (bool, error) { return say(n, time.Since(begun())) })

			r := s.did(t, ask())

			requireState(t, r, succeeded)
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, s.batch(r.GetBatch()).GetState())
			require.Equal(t, "inserted 14,086, updated 0, unchanged 0", r.GetSteps()[2].GetSummary())
			calls := s.made("Publish", "Stamp")
			last := len(calls) - 1
			require.Equal(t, "Stamp", calls[last].Method)
			require.Greater(t, calls[last].Fence, calls[last-1].Fence, "what was asked is final: no publish can commit after it")
			require.Empty(t, s.made("DiscardPrepared"))
		})
	}
}

// It is not known whether the last attempt committed until ingest says so.
func TestAPublishIsNotGivenUpWhileItsOutcomeIsNotKnown(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", func(_ context.Context, n int) (bool, error) {
		if n == 3 {
			s.on("GetBatch", failing(5, away())) // three were answered before
		}
		return n == 3, status.Error(codes.Internal, "nil pointer")
	})

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Greater(t, len(s.made("GetBatch")), 5)
	require.Len(t, s.made("Stamp"), 1)
}

// A refusal is no unknown outcome, and nothing need be asked.
func TestAPublishThatIsRefusedFailsAlsoWhereTheBatchCannotBeRead(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", func(context.Context, int) (bool, error) {
		s.on("GetBatch", failing(1000, status.Error(codes.Internal, "nil pointer")))
		return false, problem.New(problem.LiveTableDiffers, "a column is missing")
	})

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, string(problem.LiveTableDiffers), r.GetReason())
}

func TestAPublishWhoseOutcomeCannotBeReadEndsAllTheSame(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", func(context.Context, int) (bool, error) {
		s.on("GetBatch", failing(1000, status.Error(codes.Internal, "a page is torn")))
		return false, status.Error(codes.Internal, "nil pointer")
	})

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Contains(t, r.GetMessage(), "whether live holds 2024-01-31 is not known")
	require.Contains(t, r.GetMessage(), "a page is torn")
}

// Ingest is away for longer than faults are borne: when it is back, nothing speaks
// against the publish any more; unless the run was asked to stop meanwhile.
func TestAPublishIsTriedOnceMoreWhenIngestIsBack(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]bool{"and goes on": false, "and stops on request": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := patient(t, 300*time.Millisecond)
			s.on("Publish", func(context.Context, int) (bool, error) {
				s.on("GetBatch", failing(1000, away()))
				return false, away()
			})
			id := s.start(t, ask())
			s.hears(t, id, "asking ingest whether the publish took place")
			if cancel {
				_, err := s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: id, RequestedBy: asker})
				require.NoError(t, err)
			}
			s.on("Publish", nil)
			s.on("GetBatch", nil)

			r := s.end(t, id)

			if cancel {
				requireState(t, r, cancelled)
			} else {
				requireState(t, r, succeeded)
			}
		})
	}
}

// hears watches a run until an event says so.
func (s *suite) hears(t *testing.T, id, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stream, err := s.client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: id})
	require.NoError(t, err)
	for {
		m, err := stream.Recv()
		require.NoError(t, err)
		if strings.Contains(m.GetEvent().GetMessage(), text) {
			return
		}
	}
}

func TestNoRetriesAreStillAFewTriesAfterAPublish(t *testing.T) {
	t.Parallel()
	s := patient(t, time.Nanosecond)
	s.on("Stamp", failing(2, status.Error(codes.Internal, "nil pointer")))

	requireState(t, s.did(t, ask()), succeeded)
}

func TestAPublishThatDidNotCommitFailsTheRunForGood(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", failing(100, status.Error(codes.Internal, "nil pointer")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, "PUBLISH FAILED 3", steps(r)[2])
	require.Equal(t, "nil pointer", r.GetMessage(), "live is as it was")
	require.Greater(t, s.made("DiscardPrepared")[0].Fence, s.made("Publish")[2].Fence, "the last call can commit nothing any more")
}

// A run that has published is given time also where a fault has no reason: live is new,
// and history lacks it.
func TestARunThatHasPublishedIsNotGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Stamp", failing(4, status.Error(codes.Internal, "nil pointer")))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, "STAMP SUCCEEDED 5", steps(r)[3])
}

func TestARunThatFailsAfterItsPublishIsStampedByTheNext(t *testing.T) {
	t.Parallel()
	s := patient(t, 300*time.Millisecond)
	s.on("Stamp", failing(100, status.Error(codes.Internal, "nil pointer")))

	first := s.did(t, ask())
	s.on("Stamp", nil)
	s.delivers = func(b *ingestv1.Batch) { b.SameAs = first.GetBatch() }
	second := s.did(t, ask())

	requireState(t, first, failed)
	require.Equal(t, "nil pointer (live holds 2024-01-31 already: once this is mended, start the run again to stamp it)", first.GetMessage())
	require.Equal(t, first.GetMessage(), first.GetSteps()[3].GetSummary())
	requireState(t, second, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 1"}, steps(second))
	require.Len(t, s.stamped["shop 2024-01-31"], 2)
}

func TestABackfillThatIsNotStampedSaysSo(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.backfills = true
	s.on("Stamp", failing(1, problem.New(problem.SnapshotDiffers, "other content")))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Contains(t, r.GetMessage(), "other content (the batch is accepted as a backfill already")
}

// Two hiccups are no outage because hours of honest work lie between them.
func TestWorkIsNoWaiting(t *testing.T) {
	t.Parallel()
	s := patient(t, time.Second)
	s.on("Stage", func(_ context.Context, n int) (bool, error) {
		switch n {
		case 1:
			return false, away()
		case 2:
			time.Sleep(1200 * time.Millisecond) // it works
			return false, away()
		default:
			return false, nil
		}
	})

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, "STAGE SUCCEEDED 3", steps(r)[0])
}
