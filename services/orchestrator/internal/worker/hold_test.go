package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
	"github.com/streamflow/streamflow/services/orchestrator/internal/worker"
)

// TestALostLeaseStopsTheWorkAtOnce takes a run away from a worker in the middle of each
// step, as another that found its lease run out.
func TestALostLeaseStopsTheWorkAtOnce(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Stage", "Validate", "Prepare", "Publish", "Stamp"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			held, stopped := make(chan struct{}, 10), make(chan struct{}, 10)
			b.On(method, func(ctx context.Context, n int, _ proto.Message) error {
				if n > 1 {
					return nil
				}
				held <- struct{}{}
				<-ctx.Done()
				stopped <- struct{}{}
				return ctx.Err()
			})
			id := b.queue(t, "shop", run.Full)
			stop := b.work(t, "w1", func(c *worker.Config) { c.Lease = time.Minute })
			receive(t, held)

			c := b.takeAway(t, id, "w2")
			receive(t, stopped)
			told := lines(b.events(t, id))
			stop()

			require.Equal(t, told, lines(b.events(t, id)), "who lost it writes nothing more")
			require.Equal(t, "RUN_TAKEN_OVER", told[len(told)-1])
			r, err := b.Run(t.Context(), id)
			require.NoError(t, err)
			requireState(t, r, run.Running)
			require.Greater(t, c.Claim.Fence.Number, b.fences(method)[0], "what is still under way cannot commit")
			require.Empty(t, b.Calls("DiscardStaging", "DiscardPrepared"), "what was made is the other's now")
		})
	}
}

// takeAway lets another claim a run as if its lease had run out. A heartbeat of the one
// who holds it may come between the two statements, so it is tried until it is claimed.
func (b *bench) takeAway(t *testing.T, id, owner string) *store.Claimed {
	t.Helper()
	var c *store.Claimed
	require.Eventually(t, func() bool {
		b.db.Exec(t, "update sf_orchestrator.run set lease_until = now() where id = $1", id)
		var err error
		c, err = b.Claim(t.Context(), store.Claimant{Owner: owner, Lease: time.Minute})
		require.NoError(t, err)
		return c != nil
	}, 20*time.Second, time.Millisecond, "another takes it")
	return c
}

// TestAStepThatLostItsFenceIsLeftAlone hears of the loss from a service, before any
// heartbeat.
func TestAStepThatLostItsFenceIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Stage", "Validate", "Prepare", "Publish", "Stamp", "DiscardStaging"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.Fails(method, 1, problem.New(problem.FenceLost, "another holds the dataset"))

			r := b.did(t, run.Full)

			requireState(t, r, run.Succeeded)
			told := lines(b.events(t, r.ID))
			require.Contains(t, told, "RUN_TAKEN_OVER", "it is claimed anew, as by anybody")
			numbers := b.fences(method)
			require.Len(t, numbers, 2)
			require.Greater(t, numbers[1], numbers[0])
			for _, line := range told {
				require.NotContains(t, line, "FENCE_LOST", "it is no fault of the step")
			}
		})
	}
}

func TestAWorkerThatStopsGivesItsRunsBackAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held := make(chan int, 10)
	b.On("Stage", func(ctx context.Context, n int, _ proto.Message) error {
		held <- n
		if n > 1 {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	})
	long := func(c *worker.Config) { c.Lease = time.Hour }
	id := b.queue(t, "shop", run.Full)
	stop := b.work(t, "w1", long)
	receive(t, held)

	stop()
	began := time.Now()
	b.work(t, "w2", long)

	requireState(t, b.end(t, id), run.Succeeded)
	require.Less(t, time.Since(began), time.Minute, "nobody waits for the lease to run out")
	told := lines(b.events(t, id))
	require.True(t, before(told, "RUN_TAKEN_OVER", "STEP_STARTED STAGE 2"), "%v", told)
	numbers := b.fences("Stage")
	require.Greater(t, numbers[1], numbers[0])
}

// borne is a lease that a machine which is busy with other tests does not lose by itself.
func borne(c *worker.Config) { c.Lease = 4 * time.Second }

func TestOneRunIsWorkedOnByOneOfManyWorkers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, owner := range []string{"w1", "w2", "w3", "w4"} {
		b.work(t, owner, borne)
	}

	id := b.queue(t, "shop", run.Full)

	requireState(t, b.end(t, id), run.Succeeded)
	require.Len(t, b.Calls("Stage", "Validate", "Prepare", "Publish", "Stamp"), 5, "each step once")
	require.NotContains(t, lines(b.events(t, id)), "RUN_TAKEN_OVER")
}

// TestALongStepKeepsItsLease works for longer than a lease lasts.
func TestALongStepKeepsItsLease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	held, release := b.Hangs("Validate")
	id := b.queue(t, "shop", run.Full)
	b.work(t, "w1", borne)
	b.work(t, "w2", borne)
	receive(t, held)

	time.Sleep(9 * time.Second) // two leases, and more
	release()

	requireState(t, b.end(t, id), run.Succeeded)
	require.Len(t, b.Calls("Validate"), 1)
	require.NotContains(t, lines(b.events(t, id)), "RUN_TAKEN_OVER")
}
