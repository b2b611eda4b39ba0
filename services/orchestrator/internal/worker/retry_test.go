package worker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// Bounds of the wait for what comes within a second, were the machine not busy.
const (
	receiveLimit = 20 * time.Second
	tick         = 20 * time.Millisecond
)

func count(all []string, prefix string) int {
	n := 0
	for _, line := range all {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

func TestCandidatesThatAreLostAreStagedAgainAFewTimes(t *testing.T) {
	t.Parallel()
	lost := problem.New(problem.StagingLost, "the candidates are gone")
	for name, c := range map[string]struct {
		times, stages int
		state         run.State
	}{
		"once": {1, 2, run.Succeeded}, "five times": {5, 6, run.Succeeded}, "for ever": {100, 6, run.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.Fails("Validate", c.times, lost)

			r := b.did(t, run.Full)

			requireState(t, r, c.state)
			require.Len(t, b.Calls("Stage"), c.stages)
			keys := map[string]bool{}
			for _, req := range steptest.Requests[*ingestv1.StageRequest](t, b.World, "Stage") {
				keys[req.GetBatch()] = true
			}
			require.Len(t, keys, 1, "one batch, whatever happens")
			numbers := b.fences("Stage")
			for i := range numbers[1:] {
				require.Greater(t, numbers[i+1], numbers[i])
			}
			if c.state == run.Failed {
				require.Equal(t, "STAGING_LOST", r.Reason)
				require.Empty(t, b.Calls("Publish"))
			}
		})
	}
}

func TestSnapshotsThatAreNotPreparedArePreparedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Stamp", 1, problem.New(problem.NotPrepared, "nothing is prepared"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 2", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 2"}, steps(r), "a publish that took place stays done")
	require.Len(t, b.Calls("Publish"), 1)
	keys := steptest.Requests[*qualityv1.ValidateRequest](t, b.World, "Validate")
	require.Equal(t, keys[0].GetValidation(), keys[1].GetValidation())
}

func TestAFailureAfterThePublishSaysWhatStands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Stamp", 100, problem.New(problem.SnapshotDiffers, "2024-01-31 was stamped otherwise"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Failed)
	require.Equal(t, "SNAPSHOT_DIFFERS", r.Reason)
	require.Contains(t, r.Message, "live holds 2024-01-31 already: once this is mended, start the run again to stamp it")
	require.Empty(t, b.Calls("DiscardStaging"), "the staging is kept, to be looked into")
}

// TestAPublishWhoseAnswerIsLostIsNotDoneTwice loses the answer of a publish that took
// place.
func TestAPublishWhoseAnswerIsLostIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"the connection broke":  status.Error(codes.Unavailable, "connection reset"),
		"a defect":              status.Error(codes.Internal, "nil pointer"),
		"the stream just ended": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if err == nil {
				b.Cuts("Publish")
			} else {
				b.Fails("Publish", 100, err)
			}
			published := &ingestv1.Batch{State: ingestv1.BatchState_BATCH_STATE_PUBLISHED, Counts: []*stepv1.TableCounts{{Table: "shop_users", Inserted: 7}}}
			held, release := b.Hangs("ExpandLive")
			id := b.queue(t, "shop", run.Full)
			b.work(t, "w1")
			receive(t, held)
			b.Answers("GetBatch", published)
			release()

			r := b.end(t, id)

			requireState(t, r, run.Succeeded)
			require.Len(t, b.Calls("Publish"), 1, "the batch says that it took place")
			require.Equal(t, int64(7), r.Step(run.Publish).Counts[0].GetInserted())
			require.Len(t, b.Calls("Stamp"), 1)
		})
	}
}

func TestAVerdictOnAPublishIsBelievedWhereItIsTheFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Publish", 100, problem.New(problem.BaseMoved, "live was written to"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Failed)
	require.Equal(t, "BASE_MOVED", r.Reason)
	require.Len(t, b.Calls("Publish"), 1)
	require.Empty(t, b.Calls("Stamp"))
	require.Len(t, b.Calls("DiscardPrepared"), 1)
}

func TestARunEndsAsItWouldThoughNothingCanBeTidied(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("DiscardStaging", 100, problem.New(problem.Internal, "nil pointer"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Succeeded)
	require.Len(t, b.Calls("DiscardStaging"), 1, "the next run sweeps")
}

func TestEachRetryIsToldWithItsReason(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Fails("Prepare", 3, problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"))

	r := b.did(t, run.Full)

	requireState(t, r, run.Succeeded)
	told := b.events(t, r.ID)
	require.Equal(t, 3, count(lines(told), "STEP_RETRYING VALIDATE"))
	attempt := 0
	for _, e := range told {
		if e.Step != run.Validate {
			continue
		}
		if e.Kind == run.StepStarted {
			attempt++
		}
		require.Equal(t, attempt, e.Attempt, "%s is told of the attempt that met it", e.Kind)
		if e.Kind == run.StepRetrying {
			require.Equal(t, "PostgreSQL restarts", e.Message)
		}
	}
	require.Equal(t, 4, attempt)
	require.Equal(t, 4, r.Step(run.Validate).Attempts)
}
