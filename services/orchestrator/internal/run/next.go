package run

// Verb is what a worker does with a run.
type Verb string

// What a worker may do with a run.
const (
	// Do does the step of the action.
	Do Verb = "DO"
	// Finish drops the staging and ends the run SUCCEEDED.
	Finish Verb = "FINISH"
	// GiveUp drops what was prepared and ends the run FAILED.
	GiveUp Verb = "GIVE_UP"
	// Abandon drops all that was made and ends the run CANCELLED, unless it turns
	// out to have published.
	Abandon Verb = "ABANDON"
	// Nothing is left to do.
	Nothing Verb = "NOTHING"
)

// Action is what comes next in a run.
type Action struct {
	Verb Verb
	// Step is the step to do, with Do.
	Step Kind
}

// Next decides from the stored run alone what comes next, so that whoever takes a
// run over goes on where the one before him stopped:
//
//   - a run that has ended has nothing left;
//   - a run that shall stop and has not published, nor begun to erase, is abandoned, or given up at once
//     where a step failed already: the verdict stands;
//   - otherwise the first step that is not over is done, also after one that failed:
//     a rejected batch is validated all the same, for one report that holds everything;
//   - a run whose steps are all over is finished, or given up where one failed.
func (r *Run) Next() Action {
	if r.State != Running {
		return Action{Verb: Nothing}
	}
	failed := false
	for _, s := range r.Steps {
		failed = failed || s.State == StepFailed
	}
	if r.CancelRequested && !r.OnlyForward() {
		if failed {
			return Action{Verb: GiveUp}
		}
		return Action{Verb: Abandon}
	}
	for _, s := range r.Steps {
		if s.State == StepPending || s.State == StepRunning {
			return Action{Verb: Do, Step: s.Kind}
		}
	}
	if failed {
		return Action{Verb: GiveUp}
	}
	return Action{Verb: Finish}
}
