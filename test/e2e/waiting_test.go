package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// Whoever watches a run that waits behind somebody's lock is told whose it is.
func TestARunSaysWhoseLockItWaitsFor(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	alice := s.person(t)
	execute(t, alice, "set application_name = 'psql of alice'; begin; lock table users in share row exclusive mode")
	id := s.start(t, extract.February, february).GetRun().GetId()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := s.orchestrator.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: id})
	require.NoError(t, err)

	for said := ""; !strings.Contains(said, "wait for session"); {
		m, err := stream.Recv()
		require.NoError(t, err)
		said = m.GetEvent().GetProgress().GetPhase()
		if strings.Contains(said, "wait for session") {
			require.Contains(t, said, "(user postgres, psql of alice, idle in transaction since ")
			require.Contains(t, said, ", which holds a lock")
		}
	}
	execute(t, alice, "rollback")

	r := s.wait(t, id)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
}
