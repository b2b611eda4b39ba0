package orchestrator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// PostgreSQL is killed while a run is in a step, for a moment and for longer than a
// lease: the run goes on by itself, and so do those who watch it. These tests do not
// run beside others, which share the server.
func TestPostgreSQLRestartsInTheMiddleOfAStep(t *testing.T) { //nolint:paralleltest // it kills the server of all tests
	for _, tc := range []struct { //nolint:paralleltest // as above
		method string
		away   time.Duration
	}{{"Stage", 0}, {"Validate", 0}, {"Validate", 2 * time.Second}, {"Publish", 0}, {"Stamp", 0}} {
		t.Run(tc.method+" "+tc.away.String(), func(t *testing.T) {
			s := setup(t)
			s.db.Exec(t, "alter database "+s.db.Name+" set synchronous_commit = on")
			hang, got, release := hanging()
			s.on(tc.method, hang)
			id := s.start(t, ask())
			await(t, got)
			stream, err := s.client.WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: id})
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NoError(t, err)
			watched := make(chan []int64, 1)
			go func() {
				events, err := follow(stream)
				if err != nil {
					t.Errorf("the watch broke off: %v", err)
				}
				watched <- numbers(events)
			}()

			require.NoError(t, pgtest.Server().Kill())
			time.Sleep(tc.away)
			require.NoError(t, pgtest.Server().Restart(t.Context()))
			close(release)

			requireState(t, s.end(t, id), succeeded)
			require.Equal(t, numbers(s.events(t, id))[1:], await(t, watched), "no event is missed, none is sent twice")
			for _, method := range []string{"Stage", "Validate", "Prepare", "Publish", "Stamp"} {
				if method != tc.method && (method != "Prepare" || tc.method != "Validate") {
					require.Len(t, s.made(method), 1, "%s was done before or after, and is not done again", method)
				}
			}
			requireState(t, s.did(t, plan()), succeeded)
		})
	}
}
