package run

import (
	"time"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// EventKind is what happened to a run.
type EventKind string

// The kinds of events.
const (
	RunQueued       EventKind = "RUN_QUEUED"
	RunStarted      EventKind = "RUN_STARTED"
	RunTakenOver    EventKind = "RUN_TAKEN_OVER"
	StepStarted     EventKind = "STEP_STARTED"
	StepProgress    EventKind = "STEP_PROGRESS"
	StepDone        EventKind = "STEP_SUCCEEDED"
	StepBroke       EventKind = "STEP_FAILED"
	StepRetrying    EventKind = "STEP_RETRYING"
	CancelRequested EventKind = "CANCEL_REQUESTED"
	RunEnded        EventKind = "RUN_ENDED"
)

// Event is a change of a run. The store numbers it, and notes when it happened.
type Event struct {
	Run      string
	Number   int64
	At       time.Time
	Kind     EventKind
	Step     Kind
	Attempt  int
	State    State
	Message  string
	Reason   string
	Progress *stepv1.Progress
	Counts   []*stepv1.TableCounts
}

// Change is what a transition changed in a run, besides the run's own fields: it is
// stored together with them, all or nothing.
type Change struct {
	// Steps are the kinds of the steps that changed.
	Steps []Kind
	// Events tell of the change, in order.
	Events []Event
	// Findings says that the run's findings changed.
	Findings bool
	// Restated says that what the run changes in history changed.
	Restated bool
	// Erased says that what the run erases changed.
	Erased bool
	// RaiseFence is set where an attempt before may still be at work somewhere:
	// under the old fence it can no longer commit.
	RaiseFence bool
}

// And returns both changes as one.
func (c Change) And(more Change) Change {
	return Change{
		Steps:      append(c.Steps[:len(c.Steps):len(c.Steps)], more.Steps...),
		Events:     append(c.Events[:len(c.Events):len(c.Events)], more.Events...),
		Findings:   c.Findings || more.Findings,
		Restated:   c.Restated || more.Restated,
		Erased:     c.Erased || more.Erased,
		RaiseFence: c.RaiseFence || more.RaiseFence,
	}
}
