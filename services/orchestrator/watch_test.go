package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func numbers(events []*orchestratorv1.Event) []int64 {
	var all []int64
	for _, e := range events {
		all = append(all, e.GetNumber())
	}
	return all
}

func TestWatchGoesOnFromEveryNumber(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.start(t, ask())
	all := s.events(t, id)

	for from := range int64(len(all)) + 3 {
		got, err := watch(t.Context(), s.client, id, from)
		require.NoError(t, err)
		require.Equal(t, numbers(all[min(max(from-1, 0), int64(len(all))):]), numbers(got), "from %d", from)
	}
}

func TestWatchMissesNothingAcrossReconnects(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const started = orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED
	hang, got, release := hanging()
	s.on("Publish", hang)
	id := s.start(t, ask())
	var seen []int64
	next := int64(1)

	// Each connection is left after one event, and the next goes on behind it.
	for ended := false; !ended; {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		stream, err := s.client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: id, From: next})
		require.NoError(t, err)
		m, err := stream.Recv()
		require.NoError(t, err)
		cancel()
		seen = append(seen, m.GetEvent().GetNumber())
		next = m.GetEvent().GetNumber() + 1
		ended = m.GetEvent().GetKind() == orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED
		if m.GetEvent().GetStep() == orchestratorv1.StepKind_STEP_KIND_PUBLISH && m.GetEvent().GetKind() == started {
			await(t, got)
			close(release)
		}
	}

	require.Equal(t, numbers(s.events(t, id)), seen)
}

func TestManyWatchersSeeTheSame(t *testing.T) {
	t.Parallel()
	s := setup(t)
	other := s.replica(t, quick(), "") // a watcher need not ask the replica that does the work
	hang, got, release := hanging()
	s.on("Validate", hang)
	id := s.start(t, ask())
	await(t, got)
	results := make(chan []*orchestratorv1.Event, 20)
	for i := range 20 {
		client := s.client
		if i%2 == 0 {
			client = other.client
		}
		go func() {
			events, _ := watch(context.WithoutCancel(t.Context()), client, id, 0)
			results <- events
		}()
	}
	time.Sleep(100 * time.Millisecond)

	close(release)

	want := numbers(s.events(t, id))
	for range 20 {
		require.Equal(t, want, numbers(await(t, results)))
	}
}

func TestEventsArriveWhileAStepHangs(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, _ := hanging()
	s.on("Stage", hang)
	id := s.start(t, ask())
	await(t, got)
	stream, err := s.client.WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: id, From: 4})
	require.NoError(t, err)

	s.cancel(t, id)

	for {
		m, err := stream.Recv()
		require.NoError(t, err)
		if m.GetEvent().GetKind() == orchestratorv1.EventKind_EVENT_KIND_CANCEL_REQUESTED {
			break
		}
	}
}

func TestProgressIsToldWhileAStepLasts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	id := s.start(t, ask())
	await(t, got)

	time.Sleep(1500 * time.Millisecond)
	close(release)
	events := s.events(t, id)

	var told []*orchestratorv1.Event
	for _, e := range events {
		if e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS {
			told = append(told, e)
		}
	}
	require.Len(t, told, 1, "one for what was heard, however long the step lasts")
	require.Equal(t, "shop_users", told[0].GetProgress().GetTable())
	require.Equal(t, int64(50), told[0].GetProgress().GetBytesDone())
	require.Equal(t, "shop_users: copy, 50%", told[0].GetMessage())
	require.Equal(t, orchestratorv1.StepKind_STEP_KIND_STAGE, told[0].GetStep())
}

func TestWatchEndsWithItsCallerAndWithTheService(t *testing.T) {
	t.Parallel()
	s := idle(t)
	r := s.replica(t, quick(), "")
	s.client = r.client
	s.apply(t, dataset("shop"))
	hang, got, _ := hanging()
	s.on("Stage", hang)
	id := s.start(t, ask())
	await(t, got)
	ctx, cancel := context.WithCancel(t.Context())
	left, stopped := make(chan error, 1), make(chan error, 1)
	go func() { _, err := watch(ctx, s.client, id, 0); left <- err }()
	go func() { _, err := watch(context.WithoutCancel(t.Context()), s.client, id, 0); stopped <- err }()
	time.Sleep(100 * time.Millisecond)

	cancel()
	require.Equal(t, codes.Canceled, status.Code(await(t, left)))
	r.stop()
	requireReason(t, await(t, stopped), problem.ServiceUnavailable)
}

func TestWatchOfAnUnknownRun(t *testing.T) {
	t.Parallel()
	s := setup(t)

	_, err := watch(t.Context(), s.client, "run_0", 0)

	requireReason(t, err, problem.RunNotFound)
}
