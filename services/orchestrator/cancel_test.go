package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (s *suite) cancel(t testing.TB, id string) *orchestratorv1.Run {
	t.Helper()
	resp, err := s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: id, RequestedBy: asker})
	require.NoError(t, err)
	return resp.GetRun()
}

func TestCancelStopsAStepAtOnce(t *testing.T) {
	t.Parallel()
	for method, want := range map[string][]string{
		"Stage":    {"STAGE CANCELLED 1", "VALIDATE SKIPPED 0", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"},
		"Validate": {"STAGE SUCCEEDED 1", "VALIDATE CANCELLED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"},
		"Prepare":  {"STAGE SUCCEEDED 1", "VALIDATE CANCELLED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"},
		"Publish":  {"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PUBLISH CANCELLED 1", "STAMP SKIPPED 0"},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			hang, got, _ := hanging()
			s.on(method, hang)
			id := s.start(t, ask())
			await(t, got)

			asked := s.cancel(t, id)
			events := s.events(t, id)
			r := s.run(t, id)

			require.True(t, asked.GetCancelRequested())
			requireState(t, r, cancelled)
			require.Equal(t, want, steps(r))
			require.Contains(t, lines(events), "CANCEL_REQUESTED")
			require.Empty(t, r.GetReason())
			require.Len(t, s.made("DiscardStaging"), 1)
			for _, b := range s.states() {
				require.Equal(t, "BATCH_STATE_DISCARDED", b)
			}
			called, dropped := s.made(method)[0], s.made("DiscardStaging")[0]
			require.Greater(t, dropped.Fence, called.Fence, "the call that was cut off can commit nothing any more")
		})
	}
}

func TestAPlanIsCancelled(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, _ := hanging()
	s.on("Plan", hang)
	id := s.start(t, plan())
	await(t, got)

	s.cancel(t, id)
	r := s.end(t, id)

	requireState(t, r, cancelled)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PLAN CANCELLED 1"}, steps(r))
	s.requirePreparedAndDropped(t, r)
}

func TestARunThatHasPublishedGoesForward(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stamp", hang)
	id := s.start(t, ask())
	await(t, got)

	s.cancel(t, id)
	time.Sleep(300 * time.Millisecond)
	require.Equal(t, running, s.run(t, id).GetState(), "the stamp is not cut off")
	close(release)
	r := s.end(t, id)

	requireState(t, r, succeeded)
	require.True(t, r.GetCancelRequested())
	require.Len(t, s.made("Stamp"), 1)
	require.Empty(t, s.made("DiscardPrepared"))
}

// The publish commits in the same moment in which it is cut off: what took place counts.
func TestAPublishThatCommittedWhileItWasCancelledGoesForward(t *testing.T) {
	t.Parallel()
	s := setup(t)
	got := make(chan int, 1)
	s.on("Publish", func(ctx context.Context, n int) (bool, error) {
		got <- n
		<-ctx.Done()
		return true, ctx.Err()
	})
	id := s.start(t, ask())
	await(t, got)

	s.cancel(t, id)
	r := s.end(t, id)

	published := s.batch(r.GetBatch()).GetState() == ingestv1.BatchState_BATCH_STATE_PUBLISHED
	require.Equal(t, published, r.GetState() == succeeded, "%s", r.GetState())
	require.Equal(t, published, len(s.made("Stamp")) == 1)
	require.Equal(t, published, len(s.made("DiscardPrepared")) == 0)
}

func TestCancelEndsTheWaitBeforeARetry(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Stage", failing(1000, away()))
	id := s.start(t, ask())
	require.Eventually(t, func() bool { return len(s.made("Stage")) >= 3 }, 20*time.Second, 10*time.Millisecond)

	s.cancel(t, id)
	r := s.end(t, id)

	requireState(t, r, cancelled)
}

func TestAQueuedRunIsCancelledAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	first := s.start(t, ask())
	await(t, got)
	february := ask()
	february.AsOf = "2024-02-29"
	second := s.start(t, february)

	r := s.cancel(t, second)

	requireState(t, r, cancelled)
	require.Equal(t, []string{"STAGE SKIPPED 0", "VALIDATE SKIPPED 0", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, []string{"RUN_QUEUED", "CANCEL_REQUESTED", "RUN_ENDED"}, lines(s.events(t, second)))
	close(release)
	requireState(t, s.end(t, first), succeeded)
}

func TestCancelOfARunThatHasEnded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	done := s.did(t, ask()).GetId()
	hang, got, _ := hanging()
	s.on("Stage", hang)
	stopped := s.start(t, ask())
	await(t, got)
	s.cancel(t, stopped)
	s.end(t, stopped)

	_, err := s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: done, RequestedBy: asker})
	again := s.cancel(t, stopped)
	_, unknown := s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: "run_zz", RequestedBy: asker})

	requireReason(t, err, problem.RunEnded)
	requireState(t, again, cancelled)
	requireReason(t, unknown, problem.RunNotFound)
}

func TestCancelOfARejectedBatchEndsItsValidation(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.rejects(critical(problem.RowsRejected, "3 rows"))
	hang, got, _ := hanging()
	s.on("Validate", hang)
	id := s.start(t, ask())
	await(t, got)

	s.cancel(t, id)
	r := s.end(t, id)

	requireState(t, r, failed)
	require.Equal(t, string(problem.RowsRejected), r.GetReason(), "the verdict stands")
	require.Equal(t, []string{"STAGE FAILED 1", "VALIDATE CANCELLED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
}
