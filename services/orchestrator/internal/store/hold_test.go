package store_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, orchestrator.Migrations())) }

type bench struct {
	*store.Store
	db *pgtest.Database
}

// setup is a store with one dataset, as the service's own role.
func setup(t *testing.T) *bench {
	t.Helper()
	db := pgtest.New(t)
	b := &bench{Store: store.New(db.Pool(t, "sf_orchestrator")), db: db}
	b.apply(t, "shop")
	return b
}

func (b *bench) apply(t *testing.T, name string) {
	t.Helper()
	_, _, err := b.Apply(t.Context(), store.Application{Content: &datasetv1.Dataset{Name: name}, Version: "v1", RequestedBy: "ann"})
	require.NoError(t, err)
}

func (b *bench) queue(t *testing.T, dataset, asOf string) string {
	t.Helper()
	got, err := b.Start(t.Context(), store.Request{
		ID: dataset + asOf, Dataset: dataset, Version: "v1", AsOf: asOf, Source: "/data", SourceKey: "k", Mode: run.Full, RequestedBy: "ann",
	})
	require.NoError(t, err)
	require.True(t, got.New)
	return got.Run
}

func (b *bench) claim(t *testing.T, owner string, lease time.Duration, busy ...string) *store.Claimed {
	t.Helper()
	c, err := b.Claim(t.Context(), store.Claimant{Owner: owner, Lease: lease, Busy: busy})
	require.NoError(t, err)
	return c
}

func (b *bench) kinds(t *testing.T, id string) []run.EventKind {
	t.Helper()
	page, err := b.Events(t.Context(), id, 1, 1000)
	require.NoError(t, err)
	var kinds []run.EventKind
	for i, e := range page.Events {
		require.Equal(t, int64(i+1), e.Number)
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestWhoMayClaim(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Nil(t, b.claim(t, "a", time.Hour), "nothing is queued")
	id := b.queue(t, "shop", "2024-01-31")

	first := b.claim(t, "a", time.Hour)
	require.Equal(t, id, first.Run.ID)
	require.Equal(t, int64(1), first.Claim.Fence.Number)
	require.Equal(t, "shop", first.Dataset.GetName())
	require.Nil(t, b.claim(t, "b", time.Hour), "the lease holds")
	require.Nil(t, b.claim(t, "a", time.Hour, id), "it is at work on it")

	again := b.claim(t, "a", time.Hour)
	require.Equal(t, int64(2), again.Claim.Fence.Number, "its own run that it lost sight of, at once")
	require.NoError(t, b.Release(t.Context(), "a"))
	other := b.claim(t, "b", time.Hour)
	require.Equal(t, int64(3), other.Claim.Fence.Number)
	require.Equal(t, []run.EventKind{run.RunQueued, run.RunStarted, run.RunTakenOver, run.RunTakenOver}, b.kinds(t, id))
}

func TestARunThatBeganSinceItWasReadDoesNotWaitForItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.queue(t, "shop", "2024-01-31")
	read, err := b.Run(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, run.Queued, read.State)
	b.claim(t, "a", time.Minute)

	ahead, err := store.Ahead(b.Store, t.Context(), read)

	require.NoError(t, err)
	require.Empty(t, ahead)
}

func TestALeaseThatRanOutIsClaimed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.queue(t, "shop", "2024-01-31")
	old := b.claim(t, "a", 50*time.Millisecond)
	time.Sleep(100 * time.Millisecond)

	taken := b.claim(t, "b", time.Hour)

	require.NotNil(t, taken)
	_, err := b.Renew(t.Context(), *old.Claim, time.Hour)
	require.ErrorIs(t, err, store.ErrLost)
	require.ErrorIs(t, b.Advance(t.Context(), old.Claim, old.Run, old.Run.Begin(run.Stage)), store.ErrLost)
	require.ErrorIs(t, b.Progress(t.Context(), *old.Claim, []run.Event{{Kind: run.StepProgress, State: run.Running}}), store.ErrLost)
	cancel, err := b.Renew(t.Context(), *taken.Claim, time.Hour)
	require.NoError(t, err)
	require.False(t, cancel)
}

func TestManyClaimantsTakeEachRunOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 6 {
		name := fmt.Sprintf("shop%d", i)
		b.apply(t, name)
		b.queue(t, name, "2024-01-31")
		b.queue(t, name, "2024-02-29")
	}
	var mu sync.Mutex
	taken := map[string]int{}

	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for range 20 {
				c, err := b.Claim(context.WithoutCancel(t.Context()), store.Claimant{Owner: fmt.Sprint(w), Lease: time.Hour, Busy: owned(&mu, taken)})
				if err == nil && c != nil {
					mu.Lock()
					taken[c.Run.ID]++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()

	require.Len(t, taken, 6, "one of each dataset")
	for id, n := range taken {
		require.Equal(t, 1, n, id)
	}
	require.Equal(t, []string{"2024-01-31"}, b.db.Rows(t, "select distinct as_of from sf_orchestrator.run where state = 'RUNNING'"))
}

func owned(mu *sync.Mutex, taken map[string]int) []string {
	mu.Lock()
	defer mu.Unlock()
	var ids []string
	for id := range taken {
		ids = append(ids, id)
	}
	return ids
}

// A write whose answer was lost is sent again: it is there once, and the worker goes
// on as if it had heard the answer.
func TestAWriteWhoseAnswerWasLostIsDoneOnce(t *testing.T) {
	t.Parallel()
	for _, raise := range []bool{false, true} {
		b := setup(t)
		id := b.queue(t, "shop", "2024-01-31")
		c := b.claim(t, "a", time.Hour)
		change := c.Run.Begin(run.Stage)
		change.RaiseFence = raise
		deaf := *c.Claim // what the worker knows when the answer is lost
		require.NoError(t, b.Advance(t.Context(), c.Claim, c.Run, change))

		require.NoError(t, b.Advance(t.Context(), &deaf, c.Run, change))

		require.Equal(t, c.Claim.Fence, deaf.Fence, "its token as well")
		require.Equal(t, []run.EventKind{run.RunQueued, run.RunStarted, run.StepStarted}, b.kinds(t, id))
		stored, err := b.Run(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, 1, stored.Step(run.Stage).Attempts)
		fence := map[bool]string{false: "1", true: "2"}[raise]
		require.Equal(t, []string{fence + "|" + fence}, b.db.Rows(t, `
			select r.fence, f.number from sf_orchestrator.run r join sf_platform.fence f using (dataset)`))
		require.NoError(t, deaf.Fence.Check(t.Context(), b.db.Pool(t, "sf_ingest")), "steps that it calls may commit")
		require.NoError(t, b.Advance(t.Context(), &deaf, c.Run, c.Run.Conclude(run.Stage, run.Outcome{})), "it goes on")
	}
}

func TestAdvanceStoresEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.queue(t, "shop", "2024-01-31")
	c := b.claim(t, "a", time.Hour)
	counts := []*stepv1.TableCounts{{Table: "users", Rows: 1 << 40, SameAsOf: "2023-12-31", Columns: []*stepv1.ColumnCount{{Column: "age", Updated: 7}}}}

	begun := c.Run.Begin(run.Stage)
	require.NoError(t, b.Advance(t.Context(), c.Claim, c.Run, begun))
	require.NoError(t, b.Cancel(t.Context(), id, "bob"))
	change := c.Run.Conclude(run.Stage, run.Outcome{
		Counts: counts, Summary: "ça va", Findings: []*stepv1.Finding{{Reason: "ROWS_REJECTED", Rows: []*stepv1.RowLocation{{Line: 7, Value: "\x00"}}}},
		Unchanged: true, Backfill: true, Skip: map[run.Kind]string{run.Stamp: "not needed"},
	})
	require.NoError(t, b.Advance(t.Context(), c.Claim, c.Run, change))
	stored, err := b.Run(t.Context(), id)

	require.NoError(t, err)
	require.True(t, c.Run.CancelRequested, "the worker hears of a cancel with every write")
	require.True(t, stored.CancelRequested && stored.Unchanged && stored.Backfill)
	require.Equal(t, c.Run.Batch, stored.Batch)
	stage := stored.Step(run.Stage)
	require.Equal(t, run.StepSucceeded, stage.State)
	require.Equal(t, "ça va", stage.Summary)
	require.Equal(t, int64(1<<40), stage.Counts[0].GetRows())
	require.Equal(t, int64(7), stage.Counts[0].GetColumns()[0].GetUpdated())
	require.False(t, stage.EndedAt.Before(*stage.StartedAt))
	require.Equal(t, run.StepSkipped, stored.Step(run.Stamp).State)
	require.Equal(t, "\uFFFD", stored.Findings[0].GetRows()[0].GetValue())
	require.Equal(t, stored.LastEvent, c.Run.LastEvent)
	require.Equal(t, []run.EventKind{run.RunQueued, run.RunStarted, run.StepStarted, run.CancelRequested, run.StepDone}, b.kinds(t, id))
}

// With a run its fence ends: what was called on its behalf, and whoever guesses, commits
// nothing after it.
func TestTheFenceOfARunThatHasEndedIsNotLive(t *testing.T) {
	t.Parallel()
	for _, state := range []run.State{run.Succeeded, run.Failed, run.Cancelled} {
		b := setup(t)
		b.queue(t, "shop", "2024-01-31")
		c := b.claim(t, "a", time.Hour)
		ingest := b.db.Pool(t, "sf_ingest")
		require.NoError(t, c.Claim.Fence.Check(t.Context(), ingest))

		require.NoError(t, b.Advance(t.Context(), c.Claim, c.Run, c.Run.End(state, "over")))

		require.True(t, problem.Is(c.Claim.Fence.Check(t.Context(), ingest), problem.FenceLost), state)
		b.queue(t, "shop", "2024-02-29")
		require.NoError(t, b.claim(t, "a", time.Hour).Claim.Fence.Check(t.Context(), ingest), "the next run's is")
	}
}

// Work outside of runs has a fence for as long as it lasts.
func TestTheFenceOfWorkOutsideOfRunsIsLowered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ingest := b.db.Pool(t, "sf_ingest")
	f, err := b.Idle(t.Context(), "shop")
	require.NoError(t, err)
	require.NoError(t, f.Check(t.Context(), ingest))

	require.NoError(t, b.Lower(t.Context(), f))

	require.True(t, problem.Is(f.Check(t.Context(), ingest), problem.FenceLost))
}

func TestARunThatHasEndedCannotBeWrittenTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.queue(t, "shop", "2024-01-31")
	c := b.claim(t, "a", time.Hour)
	require.NoError(t, b.Advance(t.Context(), c.Claim, c.Run, c.Run.End(run.Failed, "no")))

	require.ErrorIs(t, b.Advance(t.Context(), c.Claim, c.Run, run.Change{RaiseFence: true}), store.ErrLost)
	require.ErrorIs(t, b.Progress(t.Context(), *c.Claim, []run.Event{{Kind: run.StepProgress, State: run.Running}}), store.ErrLost)
	require.Nil(t, b.claim(t, "a", time.Hour))

	page, err := b.Events(t.Context(), id, 1, 1000)
	require.NoError(t, err)
	require.True(t, page.Last)
	require.Equal(t, []string{"1"}, b.db.Rows(t, "select number from sf_platform.fence"), "not even its fence is raised")
}

func TestEventsInPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.queue(t, "shop", "2024-01-31")
	require.NoError(t, b.Cancel(t.Context(), id, "bob")) // three events in all
	for _, tc := range []struct {
		from  int64
		limit int
		want  int
		last  bool
	}{{1, 10, 3, true}, {1, 2, 2, false}, {3, 2, 1, true}, {1, 3, 3, false}, {4, 3, 0, true}, {99, 3, 0, true}} {
		page, err := b.Events(t.Context(), id, tc.from, tc.limit)
		require.NoError(t, err)
		require.Len(t, page.Events, tc.want, "%+v", tc)
		require.Equal(t, tc.last, page.Last, "%+v", tc)
	}
}

func TestTheRoleHasTheLeastItNeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.queue(t, "shop", "2024-01-31")
	pool := b.db.Pool(t, "sf_orchestrator")
	const denied = "42501"
	for _, sql := range []string{
		"delete from sf_orchestrator.run", "delete from sf_orchestrator.run_event", "update sf_orchestrator.run_event set message = ''",
		"update sf_orchestrator.run_request set joined = true", "delete from sf_orchestrator.dataset_version", "delete from sf_orchestrator.dataset_deletion",
		"update sf_orchestrator.table_claim set dataset = 'thief'", "truncate sf_orchestrator.run_step",
		"create table sf_orchestrator.own (i int)", "select * from sf_platform.fence", "create table sf_staging.own (i int)",
	} {
		_, err := pool.Exec(t.Context(), sql)
		require.Equal(t, denied, postgres.Code(err), "%s: %v", sql, err)
	}
}
