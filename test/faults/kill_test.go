package faults

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// middle is a place in the middle of a step: the work is done, nothing is committed.
type middle struct {
	service, when, table, condition string
}

var middles = map[string]middle{
	"stage":    {cluster.Ingest, "update", "sf_ingest.batch", "when (new.state = 'STAGED')"},
	"validate": {cluster.Quality, "insert", "sf_quality.validation", ""},
	"prepare":  {cluster.Snapshot, "insert", "sf_snapshot.prepared", ""},
	"publish":  {cluster.Ingest, "update", "sf_ingest.batch", "when (new.state = 'PUBLISHED')"},
	"stamp":    {cluster.Snapshot, "insert", "sf_snapshot.catalog", ""},
}

// undisturbed is the state after two months with no fault, made once.
var undisturbed = sync.OnceValue(func() func(t *testing.T) []string {
	var once sync.Once
	var state []string
	return func(t *testing.T) []string {
		t.Helper()
		once.Do(func() {
			s := setup(t)
			s.succeed(t, extract.January, "month_000")
			s.succeed(t, extract.February, "month_001")
			state = s.state(t)
		})
		return state
	}
})

func TestAKilledProcessLosesNothing(t *testing.T) {
	want := undisturbed()(t)
	for step, m := range middles {
		for _, victim := range []string{m.service, cluster.Orchestrator, "postgres"} {
			t.Run(step+"/"+victim, func(t *testing.T) {
				s := setup(t)
				s.succeed(t, extract.January, "month_000")
				g := shut(t, s.url, m.when, m.table, m.condition)
				run := s.start(t, extract.February, "month_001")
				g.reached(t)

				s.kill(t, victim, g)

				r := s.wait(t, run)
				require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
				require.Equal(t, want, s.state(t), "the same as without the kill")
			})
		}
	}
}

// kill kills the victim in the middle of the step, and starts it again.
func (s *suite) kill(t *testing.T, victim string, g *gate) {
	t.Helper()
	if victim == "postgres" {
		require.NoError(t, ground.Server.Kill())
		require.NoError(t, ground.Server.Restart(t.Context()))
		return
	}
	require.NoError(t, s.Kill(t.Context(), victim))
	g.open(t)
	require.NoError(t, s.Restart(victim))
}

// TestACrashAfterStagingStagesAgain crashes PostgreSQL between stage and validate:
// the unlogged candidates come back empty.
func TestACrashAfterStagingStagesAgain(t *testing.T) {
	want := undisturbed()(t)
	s := setup(t)
	s.succeed(t, extract.January, "month_000")
	g := shut(t, s.url, "insert", "sf_quality.validation", "")
	run := s.start(t, extract.February, "month_001")
	g.reached(t)

	s.kill(t, "postgres", g)

	r := s.wait(t, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
	require.Greater(t, r.GetSteps()[0].GetAttempts(), int32(1), "it staged again")
	for _, c := range publishCounts(r) {
		require.Zero(t, c.GetDeparted(), "nobody is taken as departed")
		require.Equal(t, int64(users), c.GetRows())
	}
	require.Equal(t, want, s.state(t))
}
