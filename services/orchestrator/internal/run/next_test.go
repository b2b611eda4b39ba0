package run_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// short are the states of steps by one letter each.
var short = map[rune]run.StepState{
	'.': run.StepPending, 'r': run.StepRunning, 's': run.StepSucceeded,
	'f': run.StepFailed, 'c': run.StepCancelled, '-': run.StepSkipped,
}

func inState(mode run.Mode, state run.State, cancel bool, steps string) *run.Run {
	r := &run.Run{ID: "run_1", Mode: mode, State: state, CancelRequested: cancel, Steps: run.NewSteps(mode)}
	for i, c := range steps {
		r.Steps[i].State = short[c]
		if c != '.' && c != '-' {
			r.Steps[i].Attempts = 1
		}
	}
	return r
}

func do(k run.Kind) run.Action { return run.Action{Verb: run.Do, Step: k} }

func TestWhatComesNext(t *testing.T) {
	t.Parallel()
	finish, giveUp, abandon, nothing := run.Action{Verb: run.Finish}, run.Action{Verb: run.GiveUp}, run.Action{Verb: run.Abandon}, run.Action{Verb: run.Nothing}
	for _, tc := range []struct {
		name   string
		mode   run.Mode
		state  run.State
		cancel bool
		steps  string
		want   run.Action
	}{
		{"begins with the stage", run.Full, run.Running, false, "....", do(run.Stage)},
		{"goes on with a step that was cut off", run.Full, run.Running, false, "r...", do(run.Stage)},
		{"goes from step to step", run.Full, run.Running, false, "s...", do(run.Validate)},
		{"publishes what holds", run.Full, run.Running, false, "ss..", do(run.Publish)},
		{"stamps what is live", run.Full, run.Running, false, "sss.", do(run.Stamp)},
		{"passes over what is skipped", run.Full, run.Running, false, "s-.-", do(run.Publish)},
		{"finishes", run.Full, run.Running, false, "ssss", finish},
		{"finishes an unchanged run", run.Full, run.Running, false, "s-s-", finish},
		{"validates a rejected batch", run.Full, run.Running, false, "f.--", do(run.Validate)},
		{"goes on validating a rejected batch", run.Full, run.Running, false, "fr--", do(run.Validate)},
		{"gives up after that", run.Full, run.Running, false, "fs--", giveUp},
		{"gives up where both failed", run.Full, run.Running, false, "ff--", giveUp},
		{"gives up on a verdict", run.Full, run.Running, false, "sf--", giveUp},
		{"gives up on a publish that is refused", run.Full, run.Running, false, "ssf-", giveUp},
		{"stages again", run.Full, run.Running, false, "..s.", do(run.Stage)},
		{"prepares again after it has published", run.Full, run.Running, false, "s.s.", do(run.Validate)},
		{"plans", run.Plan, run.Running, false, "ss.", do(run.PlanChanges)},
		{"finishes a plan", run.Plan, run.Running, false, "sss", finish},
		{"abandons before the stage", run.Full, run.Running, true, "....", abandon},
		{"abandons in the stage", run.Full, run.Running, true, "r...", abandon},
		{"abandons in the publish, whose outcome it must ask", run.Full, run.Running, true, "ssr.", abandon},
		{"goes forward once it has published", run.Full, run.Running, true, "sss.", do(run.Stamp)},
		{"finishes although it shall stop", run.Full, run.Running, true, "ssss", finish},
		{"abandons a plan that is done", run.Plan, run.Running, true, "sss", abandon},
		{"lets a verdict stand though it shall stop", run.Full, run.Running, true, "fr--", giveUp},
		{"does nothing before it is claimed", run.Full, run.Queued, false, "....", nothing},
		{"does nothing after success", run.Full, run.Succeeded, true, "ssss", nothing},
		{"does nothing after failure", run.Full, run.Failed, false, "sf--", nothing},
		{"does nothing after a cancel", run.Full, run.Cancelled, true, "c---", nothing},
	} {
		r := inState(tc.mode, tc.state, tc.cancel, tc.steps)
		require.Equal(t, tc.want, r.Next(), tc.name)
	}
}

// Whatever the states of the steps are, a run that is not cancelled comes to its
// end, and no step is done twice unless it goes back.
func TestEveryRunComesToAnEnd(t *testing.T) {
	t.Parallel()
	letters := ".rsfc-"
	for n := range 6 * 6 * 6 * 6 {
		steps := ""
		for i := n; len(steps) < 4; i /= 6 {
			steps += string(letters[i%6])
		}
		for _, cancel := range []bool{false, true} {
			r := inState(run.Full, run.Running, cancel, steps)
			done := map[run.Kind]int{}
			for a := r.Next(); a.Verb == run.Do; a = r.Next() {
				done[a.Step]++
				require.Equal(t, 1, done[a.Step], steps)
				r.Begin(a.Step)
				r.Conclude(a.Step, run.Outcome{})
			}
			if cancel && r.Next().Verb == run.Abandon {
				require.NotContains(t, strings.Split(steps, "")[2], "s", "what is published is not abandoned")
			}
		}
	}
}

// A run that is asked to stop before it is written down that it erases is stopped; one that
// may have erased already goes on.
func TestAnEraseIsStoppedUntilItBegan(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		attempts int
		want     run.Verb
	}{"at its first attempt": {0, run.Abandon}, "at a later one": {1, run.Do}} {
		r := &run.Run{State: run.Running, Mode: run.Erase, Steps: run.NewSteps(run.Erase)}
		r.Begin(run.Find)
		r.Conclude(run.Find, run.Outcome{})
		r.Step(run.EraseRows).Attempts = tc.attempts
		next := r.Next()
		require.Equal(t, run.Action{Verb: run.Do, Step: run.EraseRows}, next, name)
		r.Begin(run.EraseRows)
		r.CancelRequested = true // as the store says that somebody asked for it before

		r.Withhold(next)

		require.Equal(t, tc.want, r.Next().Verb, name)
		r.Withhold(run.Action{Verb: run.Finish})
	}
}
