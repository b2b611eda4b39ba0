package orchestrator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
)

// PostgreSQL is killed while a run is in a step, for a moment and for longer than a
// lease: the run goes on by itself, and so do those who watch it. These tests do not
// run beside others, which share the server.
func TestPostgreSQLRestartsInTheMiddleOfAStep(t *testing.T) { //nolint:paralleltest // it kills the server of all tests
	for name, away := range map[string]time.Duration{"shorter than the lease": 0, "longer than the lease": 2 * time.Second} { //nolint:paralleltest // as above
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			s.db.Exec(t, "alter database "+s.db.Name+" set synchronous_commit = on")
			hang, got, release := hanging()
			s.on("Validate", hang)
			id := s.start(t, ask())
			await(t, got)
			watched := make(chan []string, 1)
			go func() {
				events, err := watch(t.Context(), s.client, id, 0)
				if err != nil {
					t.Errorf("the watch broke off: %v", err)
				}
				watched <- lines(events)
			}()

			require.NoError(t, pgtest.Server().Kill())
			time.Sleep(away)
			require.NoError(t, pgtest.Server().Restart(t.Context()))
			close(release)

			r := s.end(t, id)
			requireState(t, r, succeeded)
			require.Equal(t, lines(s.events(t, id)), await(t, watched))
			require.Len(t, s.made("Stage"), 1, "what was done before is not done again")
			require.Len(t, s.made("Publish"), 1)
			requireState(t, s.did(t, plan()), succeeded)
		})
	}
}
