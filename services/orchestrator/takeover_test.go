package orchestrator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// abandoned leaves a run as a worker does that was killed in the middle of a step.
func (s *suite) abandoned(t testing.TB, id string, lease string, steps ...string) {
	t.Helper()
	s.db.Exec(t, `
		update sf_orchestrator.run set state = 'RUNNING', lease_owner = 'killed', lease_until = now() + $2::interval,
		       fence = sf_platform.raise_fence(dataset), started_at = now(), batch = 'bat_1', validation = 'val_1'
		 where id = $1`, id, lease)
	for i, state := range steps {
		s.db.Exec(t, `update sf_orchestrator.run_step set state = $3, attempts = case when $3 = 'PENDING' then 0 else 1 end
			where run = $1 and position = $2`, id, i+1, state)
	}
}

// left starts a run that no worker takes, since none is there, and leaves it so.
func left(t *testing.T, lease string, steps ...string) (*suite, string) {
	t.Helper()
	s := idle(t)
	first := s.replica(t, quick(), "")
	s.client = first.client
	s.apply(t, dataset("shop"))
	hang, got, release := hanging()
	s.on("Stage", hang)
	id := s.start(t, ask())
	await(t, got)
	first.stop()
	close(release)
	s.mu.Lock()
	s.calls, s.scripts = nil, map[string]script{}
	s.mu.Unlock()
	s.abandoned(t, id, lease, steps...)
	return s, id
}

func TestARunGoesOnFromItsFirstStepThatIsNotDone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		steps []string
		calls []string
	}{
		"stage": {
			[]string{"RUNNING", "PENDING", "PENDING", "PENDING"},
			[]string{"Stage", "GetBatch", "Validate", "ExpandLive", "CheckStamped", "Publish", "ExpandHistory", "Stamp", "DiscardStaging"},
		},
		"validate": {
			[]string{"SUCCEEDED", "RUNNING", "PENDING", "PENDING"},
			[]string{"GetBatch", "Validate", "ExpandLive", "CheckStamped", "Publish", "ExpandHistory", "Stamp", "DiscardStaging"},
		},
		"publish": {
			[]string{"SUCCEEDED", "SUCCEEDED", "RUNNING", "PENDING"},
			[]string{"GetBatch", "ExpandLive", "CheckStamped", "Publish", "ExpandHistory", "Stamp", "DiscardStaging"},
		},
		"stamp": {
			[]string{"SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "RUNNING"},
			[]string{"ExpandHistory", "Stamp", "DiscardStaging"},
		},
		"tidying": {
			[]string{"SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"},
			[]string{"DiscardStaging"},
		},
		"giving up": {
			[]string{"SUCCEEDED", "FAILED", "SKIPPED", "SKIPPED"},
			[]string{"DiscardPrepared"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, id := left(t, "300 milliseconds", tc.steps...)
			s.holds("bat_1")

			s.client = s.replica(t, quick(), "").client
			events := s.events(t, id)

			r := s.run(t, id)
			require.True(t, r.GetState() == succeeded || name == "giving up" && r.GetState() == failed, "%v", steps(r))
			require.Equal(t, "bat_1", r.GetBatch(), "the key of the calls is the one that was chosen first")
			var calls []string
			for _, m := range s.methods() {
				if m != "Prepare" { // beside Validate, in either order
					calls = append(calls, m)
				}
			}
			require.Equal(t, tc.calls, calls)
			require.Contains(t, lines(events), "RUN_TAKEN_OVER")
			for _, c := range s.made("Stage", "Validate", "Prepare", "Publish", "Stamp") {
				require.Greater(t, c.Fence, int64(2), "above the fence of the worker that was killed")
			}
		})
	}
}

func TestALeaseThatHoldsIsRespected(t *testing.T) {
	t.Parallel()
	s, id := left(t, "2 seconds", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "RUNNING")
	s.client = s.replica(t, quick(), "").client
	begun := time.Now()

	r := s.end(t, id)

	requireState(t, r, succeeded)
	require.Greater(t, time.Since(begun), 1200*time.Millisecond)
}

func TestAReplicaThatStopsHandsItsRunsOver(t *testing.T) {
	t.Parallel()
	s := idle(t)
	slow := quick()
	slow.Lease = time.Hour
	first := s.replica(t, slow, "")
	s.client = first.client
	s.apply(t, dataset("shop"))
	hang, got, release := hanging()
	s.on("Validate", hang)
	id := s.start(t, ask())
	await(t, got)
	s.client = s.replica(t, slow, "").client

	first.stop()
	await(t, got)
	close(release)
	r := s.end(t, id)

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 2", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 1"}, steps(r))
	require.Empty(t, s.made("DiscardStaging")[1:], "what a stop cuts off is not thrown away")
}

// A worker that cannot reach PostgreSQL for longer than its lease loses the run to
// another, stops its step, and, back again, changes nothing.
func TestAWorkerThatWasPausedCanDoNothing(t *testing.T) {
	t.Parallel()
	s := idle(t)
	p := newProxy(t, s.db.URL("sf_orchestrator"))
	first := s.replica(t, quick(), p.url)
	s.client = first.client
	s.apply(t, dataset("shop"))
	hang, got, release := hanging()
	s.on("Validate", hang)
	id := s.start(t, ask())
	await(t, got)

	let := p.hold()
	defer let()
	second := s.replica(t, quick(), "")
	await(t, got) // the other one has taken over, and validates
	let()
	close(release)
	s.client = second.client
	events := s.events(t, id)
	r := s.run(t, id)

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 2", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 1"}, steps(r))
	require.Contains(t, lines(events), "RUN_TAKEN_OVER")
	for _, method := range []string{"Publish", "Stamp", "DiscardStaging"} {
		require.Len(t, s.made(method), 1, method)
	}
	calls := s.made("Validate", "Publish")
	require.Greater(t, calls[1].Fence, calls[0].Fence)
	require.Equal(t, calls[1].Fence, calls[2].Fence, "the one that took over published")
}

func TestACancelIsHeardByWhoTakesOver(t *testing.T) {
	t.Parallel()
	s, id := left(t, "300 milliseconds", "SUCCEEDED", "RUNNING", "PENDING", "PENDING")
	s.holds("bat_1")
	s.db.Exec(t, "update sf_orchestrator.run set cancel_requested = true where id = $1", id)

	s.client = s.replica(t, quick(), "").client
	r := s.end(t, id)

	requireState(t, r, cancelled)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE CANCELLED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Empty(t, s.made("Validate", "Publish"))
	require.Equal(t, []string{"BATCH_STATE_DISCARDED"}, s.states())
}
