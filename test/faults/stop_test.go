package faults

import (
	"context"
	"regexp"
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

// TestAStoppedIngestThatWakesCannotCommit stops ingest (SIGSTOP) in the middle of its
// publish transaction, lets another orchestrator and another ingest take the run over,
// and then wakes it.
func TestAStoppedIngestThatWakesCannotCommit(t *testing.T) {
	tests := map[string]struct {
		asleep time.Duration
		says   string // what it meets when it wakes
	}{
		"before the server gives up on it":    {0, "another worker holds dataset streamflow"},
		"after the server has given up on it": {7 * time.Second, "DATABASE_UNAVAILABLE|idle-in-transaction|PostgreSQL did not finish"},
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
			require.NoError(t, s.Pause(cluster.Ingest))
			require.NoError(t, s.Kill(t.Context(), cluster.Orchestrator))
			g.open(t) // the statement ends; the transaction is open, and its owner asleep

			stopped, err := s.Move(t.Context(), cluster.Ingest)
			require.NoError(t, err)
			defer func() { require.NoError(t, stopped.End(context.Background())) }()
			require.NoError(t, s.Restart(cluster.Orchestrator))
			s.takenOver(t, run)
			time.Sleep(tt.asleep)
			require.NoError(t, stopped.Wake())

			r := s.wait(t, run)
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
			require.Equal(t, want, s.state(t), "it was published once")
			require.Eventually(t, func() bool {
				return regexp.MustCompile(tt.says).MatchString(s.log(t, cluster.Ingest))
			}, 10*time.Second, 50*time.Millisecond, "the one that woke was refused:\n%s", s.log(t, cluster.Ingest))
		})
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
