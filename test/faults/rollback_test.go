package faults

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// wronged has February stamped right, and then corrected with what is wrong.
func (s *suite) wronged(t *testing.T) {
	t.Helper()
	s.succeed(t, extract.January, "month_000")
	s.succeed(t, extract.February, "month_001")
	r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.February, Source: ground.Data + "/" + wrongFebruary(t), RequestedBy: "faults",
		Supersede: true, Reason: "a user was missing",
	})
	require.NoError(t, err)
	run := s.wait(t, r.GetRun().GetId())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), run.GetMessage())
}

// takeBack starts a rollback of February.
func (s *suite) takeBack(t *testing.T) string {
	t.Helper()
	r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.February, Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, RequestedBy: "faults", Reason: "nobody was missing",
	})
	require.NoError(t, err)
	return r.GetRun().GetId()
}

// takenBack is the state after an undisturbed rollback, made once.
var takenBack = sync.OnceValue(func() func(t *testing.T) []string {
	var once sync.Once
	var state []string
	return func(t *testing.T) []string {
		t.Helper()
		once.Do(func() {
			s := setup(t)
			s.wronged(t)
			r := s.wait(t, s.takeBack(t))
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
			state = s.state(t)
			require.Contains(t, strings.Join(state, "\n"), "sf_history labels_snapshots__2024_02_29__r2__kept")
		})
		return state
	}
})

func TestAKilledProcessLeavesNoHalfRollback(t *testing.T) {
	want := takenBack()(t)
	for turn, m := range backwards {
		for _, victim := range []string{m.service, cluster.Orchestrator, "postgres"} {
			t.Run(turn+"/"+victim, func(t *testing.T) {
				s := setup(t)
				s.wronged(t)
				s.neverBehind(t, 3)
				g := shut(t, s.url, m.when, m.table, m.condition)
				run := s.takeBack(t)
				g.reached(t)

				s.kill(t, victim, g)

				r := s.wait(t, run)
				require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
				require.Equal(t, want, s.state(t), "live and history are as they were before the correction, and nothing is left lying about")
			})
		}
	}
}
