package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

func TestTwoStartedAtOnceAreOneRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 2000)
	const callers = 8
	ids := make([]string, callers)
	var g errgroup.Group
	for i := range callers {
		g.Go(func() error {
			r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
				Dataset: "streamflow", AsOf: extract.January, Source: january, RequestId: ident.New(ident.Request), RequestedBy: "e2e",
			})
			ids[i] = r.GetRun().GetId()
			return err
		})
	}
	require.NoError(t, g.Wait())
	for _, id := range ids {
		require.Equal(t, ids[0], id, "every caller gets the name of the one run")
	}
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, s.wait(t, ids[0]).GetState())
	r, err := s.orchestrator.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
	require.NoError(t, err)
	require.Len(t, r.GetRuns(), 1)
}

func TestTheSameRequestIsTheSameRunForEver(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 50)
	req := &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.January, Source: january, RequestId: "req-mine", RequestedBy: "e2e",
	}
	first, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	s.wait(t, first.GetRun().GetId())

	again, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, first.GetRun().GetId(), again.GetRun().GetId())
	req.AsOf = extract.February
	_, err = s.orchestrator.StartRun(t.Context(), req)
	require.True(t, problem.Is(err, problem.RequestIDReused), "%v", err)
}

func TestMonthsQueuedTogetherRunOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Sample(t, 2000)
	later := s.start(t, extract.February, february).GetRun().GetId()
	earlier := s.start(t, extract.January, january).GetRun().GetId()
	a, b := s.wait(t, earlier), s.wait(t, later)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, a.GetState(), a.GetMessage())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, b.GetState(), b.GetMessage())
	apart := a.GetEndedAt().AsTime().Compare(b.GetStartedAt().AsTime()) <= 0 || b.GetEndedAt().AsTime().Compare(a.GetStartedAt().AsTime()) <= 0
	require.True(t, apart, "one run at a time per dataset")
}

func TestAPlanChangesNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Sample(t, 500)
	s.succeed(t, extract.January, january)
	before := s.state(t)
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.February, Source: february, Mode: orchestratorv1.RunMode_RUN_MODE_PLAN, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	plan := s.wait(t, r.GetRun().GetId())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, plan.GetState(), plan.GetMessage())
	require.Equal(t, before, s.state(t))
	require.Empty(t, s.orphans(t))
	done := s.succeed(t, extract.February, february)
	require.Equal(t, counts(plan, orchestratorv1.StepKind_STEP_KIND_PLAN), counts(done, publish), "what was planned is what happened")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 100_000)
	run := s.start(t, extract.January, january).GetRun().GetId()
	_, err := s.orchestrator.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: run, RequestedBy: "e2e"})
	require.NoError(t, err)
	r := s.wait(t, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_CANCELLED, r.GetState(), r.GetMessage())
	require.Equal(t, "not there", s.live(t)["users"])
	require.Empty(t, s.orphans(t))
}
