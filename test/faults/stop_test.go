package faults

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

func publishCounts(r *orchestratorv1.Run) []*stepv1.TableCounts {
	for _, st := range r.GetSteps() {
		if st.GetKind() == orchestratorv1.StepKind_STEP_KIND_PUBLISH {
			return st.GetCounts()
		}
	}
	return nil
}

// TestAStoppedIngestThatWakesCannotCommit stops ingest and the orchestrator that called
// it (SIGSTOP) in the middle of a publish transaction, lets others of both take the
// run over, and then wakes the stopped ones.
func TestAStoppedIngestThatWakesCannotCommit(t *testing.T) {
	tests := map[string]struct {
		openAtOnce bool          // the statement ends while ingest sleeps
		asleep     time.Duration // how long it sleeps after the take-over
		says       string        // what it meets when it wakes
	}{
		"while its transaction is open":               {false, 0, "another worker holds dataset streamflow"},
		"after the server has ended its idle session": {true, 7 * time.Second, "PostgreSQL did not finish the work"},
	}
	want := undisturbed()(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := setup(t)
			s.succeed(t, extract.January, "month_000")
			m := middles["publish"]
			g := shut(t, s.url, m.when, m.table, m.condition)
			run := s.start(t, extract.February, "month_001")
			g.reached(t)
			ingest := s.replace(t, cluster.Ingest)
			orchestrator := s.replace(t, cluster.Orchestrator)
			if tt.openAtOnce {
				g.open(t)
			}
			require.NoError(t, s.Kill(t.Context(), cluster.Gateway))
			require.NoError(t, s.Restart(cluster.Gateway), "it finds the other orchestrator")
			s.takenOver(t, run)
			time.Sleep(tt.asleep)

			require.NoError(t, ingest.Wake())
			g.open(t)
			s.logged(t, cluster.Ingest, tt.says)
			require.NoError(t, orchestrator.Wake())

			r := s.wait(t, run)
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
			require.Equal(t, want, s.state(t), "it was published once")
		})
	}
}

// replace stops a service and starts another process of it, at another address.
func (s *suite) replace(t *testing.T, service string) *cluster.Abandoned {
	t.Helper()
	require.NoError(t, s.Pause(service))
	stopped, err := s.Move(t.Context(), service)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stopped.End(context.Background())) })
	return stopped
}

// logged waits until a service has said something.
func (s *suite) logged(t *testing.T, service, says string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(s.log(t, service), says); time.Sleep(50 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "%s did not say %q:\n%s", service, says, s.log(t, service))
	}
}

// takenOver waits until another worker holds the run; the orchestrator is starting.
func (s *suite) takenOver(t *testing.T, run string) {
	t.Helper()
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		stream, err := s.client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run})
		for err == nil {
			var m *orchestratorv1.WatchRunResponse
			if m, err = stream.Recv(); m.GetEvent().GetKind() == orchestratorv1.EventKind_EVENT_KIND_RUN_TAKEN_OVER {
				return true
			}
		}
		return false
	}, 60*time.Second, 100*time.Millisecond)
}
