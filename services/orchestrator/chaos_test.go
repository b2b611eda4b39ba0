package orchestrator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// lingering makes every step last a moment, so that what a test does meets one.
func (s *suite) lingering() {
	for _, method := range []string{"Stage", "Validate", "Prepare", "Publish", "Stamp"} {
		s.on(method, func(ctx context.Context, _ int) (bool, error) {
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case <-time.After(40 * time.Millisecond):
				return false, nil
			}
		})
	}
}

// some starts runs of several datasets, without a doubt that they were.
func (s *suite) some(t *testing.T, datasets int) []string {
	t.Helper()
	var ids []string
	for i := range datasets {
		name := fmt.Sprintf("shop%d", i)
		s.apply(t, dataset(name))
		for _, asOf := range []string{"2024-01-31", "2024-02-29"} {
			req := ask()
			req.Dataset, req.AsOf = name, asOf
			ids = append(ids, s.start(t, req))
		}
	}
	return ids
}

func (s *suite) requireAllDoneOnce(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range ids {
		r := s.end(t, id)
		requireState(t, r, succeeded)
		require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, s.batch(r.GetBatch()).GetState())
	}
	require.Len(t, s.states(), len(ids), "one batch for each run")
}

func TestConnectionsThatBreakAllTheTimeLoseNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.lingering()
	ids := s.some(t, 3)

	for range 15 {
		s.db.Exec(t, `select pg_terminate_backend(pid) from pg_stat_activity
			where usename = 'sf_orchestrator' and datname = current_database()`)
		time.Sleep(60 * time.Millisecond)
	}

	require.Eventually(t, func() bool { // the caller's own connection may be one of those
		_, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: ids[0]})
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	s.requireAllDoneOnce(t, ids)
}

func TestReplicasThatComeAndGoLoseNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.lingering()
	ids := s.some(t, 4)

	for range 4 {
		r := s.replica(t, quick(), "")
		time.Sleep(80 * time.Millisecond)
		r.stop()
	}

	s.requireAllDoneOnce(t, ids)
}

func TestServicesThatFailNowAndThenLoseNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, method := range []string{"Stage", "Validate", "Prepare", "Publish", "Stamp", "GetBatch", "DiscardStaging"} {
		s.on(method, func(_ context.Context, n int) (bool, error) {
			if n%3 == 1 {
				return n%2 == 0, away() // before or after the work was done
			}
			return false, nil
		})
	}

	s.requireAllDoneOnce(t, s.some(t, 2))
}

// Between the stage and the publish of an unchanged batch, the batch that it is the
// same as may be superseded: then it is not unchanged any more.
func TestAnUnchangedBatchThatIsSoNoMoreIsStagedAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.did(t, ask())
	same := true
	s.delivers = func(b *ingestv1.Batch) {
		if same {
			b.SameAs, same = first.GetBatch(), false
		}
	}
	s.on("Publish", func(_ context.Context, n int) (bool, error) {
		if n == 2 {
			return false, problem.New(problem.StagingLost, "another batch was published meanwhile")
		}
		return false, nil
	})

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.False(t, r.GetUnchanged())
	require.Equal(t, []string{"STAGE SUCCEEDED 2", "VALIDATE SUCCEEDED 1", "PUBLISH SUCCEEDED 2", "STAMP SUCCEEDED 1"}, steps(r))
}
