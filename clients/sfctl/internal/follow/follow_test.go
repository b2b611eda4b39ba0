package follow_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/clients/sfctl/internal/follow"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// events are n events, the last of them the end of the run.
func events(n int64) []*orchestratorv1.Event {
	var all []*orchestratorv1.Event
	for i := int64(1); i <= n; i++ {
		all = append(all, &orchestratorv1.Event{Number: i, Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS})
	}
	all[n-1].Kind = orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED
	return all
}

type seen struct {
	numbers []int64
	lost    int
}

func follower(t *testing.T, g *gatewaytest.Gateway, s *seen) follow.Follower {
	t.Helper()
	conn, err := grpcserver.Dial(g.Address())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return follow.Follower{
		Client: orchestratorv1.NewOrchestratorServiceClient(conn),
		Seen:   func(e *orchestratorv1.Event) { s.numbers = append(s.numbers, e.GetNumber()) },
		Lost:   func(error) { s.lost++ },
	}
}

func numbers(n int64) []int64 {
	var all []int64
	for i := int64(1); i <= n; i++ {
		all = append(all, i)
	}
	return all
}

func TestEveryEventIsSeenOnceHoweverOftenTheStreamBreaks(t *testing.T) {
	t.Parallel()
	cuts := map[string]error{
		"ends in order": nil,
		"unavailable":   status.Error(codes.Unavailable, "closing"),
		"canceled":      status.Error(codes.Canceled, "stopping"),
		"database away": problem.New(problem.DatabaseUnavailable, "starting up"),
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := gatewaytest.Start(t, &gatewaytest.Gateway{Events: events(7), Cut: 2, CutErr: cut})
			var s seen

			err := follower(t, g, &s).Run(context.Background(), "run_1")

			require.NoError(t, err)
			require.Equal(t, numbers(7), s.numbers)
			require.Equal(t, 3, s.lost)
			var from []int64
			for _, r := range gatewaytest.Requests[*orchestratorv1.WatchRunRequest](g) {
				from = append(from, r.GetFrom())
			}
			require.Equal(t, []int64{1, 3, 5, 7}, from, "each stream begins after the last event seen")
		})
	}
}

func TestTheGatewayIsRestartedInTheMiddle(t *testing.T) {
	t.Parallel()
	all := events(5)
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Events: all[:3], Hang: true})
	var s seen
	f := follower(t, g, &s)
	var told atomic.Int64
	f.Seen = func(e *orchestratorv1.Event) { s.numbers = append(s.numbers, e.GetNumber()); told.Store(e.GetNumber()) }
	done := make(chan error, 1)
	go func() { done <- f.Run(context.Background(), "run_1") }()
	require.Eventually(t, func() bool { return told.Load() == 3 }, 5*time.Second, time.Millisecond)

	g.Stop()
	g.Lock()
	g.Events = all
	g.Unlock()
	time.Sleep(200 * time.Millisecond) // some tries must fail
	g.Restart(t)

	require.NoError(t, <-done)
	require.Equal(t, numbers(5), s.numbers)
	require.Equal(t, 1, s.lost, "one outage is told once")
}

func TestItGivesUp(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Err: status.Error(codes.Unavailable, "away")})
	var s seen
	f := follower(t, g, &s)
	f.Patience = 300 * time.Millisecond
	began := time.Now()

	err := f.Run(context.Background(), "run_1")
	_, getErr := f.Get(context.Background(), "run_1")

	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, codes.Unavailable, status.Code(getErr))
	require.GreaterOrEqual(t, time.Since(began), 600*time.Millisecond)
	require.Greater(t, len(gatewaytest.Requests[*orchestratorv1.WatchRunRequest](g)), 1)
}

func TestAVerdictIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Err: problem.New(problem.RunNotFound, "no such run")})
	var s seen
	f := follower(t, g, &s)

	err := f.Run(context.Background(), "run_1")
	_, getErr := f.Get(context.Background(), "run_1")

	require.True(t, problem.Is(err, problem.RunNotFound))
	require.True(t, problem.Is(getErr, problem.RunNotFound))
	require.Len(t, gatewaytest.Requests[*orchestratorv1.WatchRunRequest](g), 1)
	require.Zero(t, s.lost)
}

func TestTheCallerMayLeave(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Events: events(3)[:2], Hang: true})
	ctx, cancel := context.WithCancel(context.Background())
	var s seen
	f := follower(t, g, &s)
	f.Seen = func(e *orchestratorv1.Event) {
		if e.GetNumber() == 2 {
			cancel()
		}
	}

	err := f.Run(ctx, "run_1")

	require.ErrorIs(t, err, context.Canceled)
}

func TestGetReturnsTheRun(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Runs: []*orchestratorv1.Run{{Id: "run_1"}}})

	run, err := follower(t, g, &seen{}).Get(context.Background(), "run_1")

	require.NoError(t, err)
	require.Equal(t, "run_1", run.GetId())
}
