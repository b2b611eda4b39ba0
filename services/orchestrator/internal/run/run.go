// Package run is what a run is, and what comes next in it. Everything here is pure:
// a Run is read from the store, Next says what to do, and the transitions say what
// changed, as one Change that the store writes in one statement. No clock, no
// database and no other service is asked here.
package run

import (
	"slices"
	"time"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// State is how far a run has come. The values are those of the contract's enum
// without its prefix, and stand in the database as they are.
type State string

// The states of a run.
const (
	Queued    State = "QUEUED"
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
	Cancelled State = "CANCELLED"
)

// Ended says whether the state is final.
func (s State) Ended() bool { return s == Succeeded || s == Failed || s == Cancelled }

// Mode is what a run is for.
type Mode string

// The modes of a run.
const (
	Full     Mode = "FULL"
	Plan     Mode = "PLAN"
	Rollback Mode = "ROLLBACK"
	// Retention drops what the dataset's history is not to keep.
	Retention Mode = "RETENTION"
	// Erase takes the rows of keys away, and ErasePlan says which they are.
	Erase     Mode = "ERASE"
	ErasePlan Mode = "ERASE_PLAN"
)

// kinds are the steps of each mode, in order. The first one makes the candidates, where there
// are some.
var kinds = map[Mode][]Kind{
	Full:      {Stage, Validate, Publish, Stamp},
	Plan:      {Stage, Validate, PlanChanges},
	Rollback:  {Restore, Validate, Publish, Stamp},
	Retention: {Retain},
	Erase:     {Find, EraseRows},
	ErasePlan: {Find},
}

// Kinds returns the steps of the mode, in order. retains says that the dataset declares which
// dates its history keeps: a full run sees to that once it has stamped.
func (m Mode) Kinds(retains bool) []Kind {
	if m == Full && retains {
		return append(slices.Clone(kinds[m]), Retain)
	}
	return kinds[m]
}

// First returns the step that makes the candidates: where they are lost, the run goes back
// to it.
func (m Mode) First() Kind { return kinds[m][0] }

// Kind is one step of a run.
type Kind string

// The kinds of steps.
const (
	Stage       Kind = "STAGE"
	Validate    Kind = "VALIDATE"
	Publish     Kind = "PUBLISH"
	Stamp       Kind = "STAMP"
	PlanChanges Kind = "PLAN"
	Restore     Kind = "RESTORE"
	Retain      Kind = "RETAIN"
	Find        Kind = "FIND"
	EraseRows   Kind = "ERASE"
)

// StepState is how far a step has come.
type StepState string

// The states of a step.
const (
	StepPending   StepState = "PENDING"
	StepRunning   StepState = "RUNNING"
	StepSucceeded StepState = "SUCCEEDED"
	StepFailed    StepState = "FAILED"
	StepCancelled StepState = "CANCELLED"
	StepSkipped   StepState = "SKIPPED"
)

// Step is one step of a run.
type Step struct {
	Kind     Kind
	State    StepState
	Attempts int
	// StartedAt and EndedAt are the database's clock; nil where it has not come to it.
	StartedAt, EndedAt *time.Time
	Counts             []*stepv1.TableCounts
	Summary            string
}

// Run is one pass of a batch through the steps, as it is stored.
type Run struct {
	ID      string
	Dataset string
	Version string
	// AsOf is YYYY-MM-DD; empty of an erase, which concerns every date.
	AsOf   string
	Source string
	Mode   Mode
	State  State
	// Reason and Message say why the run fails; they stand from the moment at which
	// a step failed, before the run has ended.
	Reason, Message string
	Steps           []Step
	Findings        []*stepv1.Finding
	// Batch and Validation are chosen before the call that makes them, so that the
	// call may be sent again under the same key.
	Batch, Validation   string
	CancelRequested     bool
	RequestedBy         string
	RequestID           string
	CreatedAt           time.Time
	StartedAt, EndedAt  *time.Time
	LastEvent           int64
	Unchanged, Backfill bool
	// Accepted is what somebody accepted for the run, of what guards find.
	Accepted []*stepv1.Acceptance
	// Restage stages and compares although the files are known.
	Restage bool
	// Supersede corrects what is stamped as of the date, for the reason given.
	Supersede       bool
	SupersedeReason string
	// ToRevision is the one that a rollback goes back to, 0 for the one before; RevisionOf the
	// snapshot whose it is, empty where none was named. SupersedeReason says why.
	ToRevision int32
	RevisionOf string
	// FullExtract takes the files for whole tables, whatever the dataset declares.
	FullExtract bool
	// Restamp makes the as_of again from what was delivered before; GoesOn is the run that goes
	// on with the next date, empty where none does, or where nobody looked.
	Restamp bool
	GoesOn  string
	// Restated is what that changes in history, or would.
	Restated []*stepv1.RestatedSnapshot
	// EraseTable is the table whose keys an erase was asked for, empty for the only one that
	// refers to no other; EraseKeys is how many were. SupersedeReason says why.
	EraseTable string
	EraseKeys  int64
	// Erased is what it took away, or would.
	Erased []*stepv1.ErasedRows
	// WaitsFor is the run that goes before this one while it is queued; empty where
	// none does, or where nobody looked.
	WaitsFor string
}

// Step returns the step of a kind, or nil where the mode has none.
func (r *Run) Step(k Kind) *Step {
	i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Kind == k })
	if i < 0 {
		return nil
	}
	return &r.Steps[i]
}

// Corrects says whether the run makes new revisions of what is stamped.
func (r *Run) Corrects() bool { return r.Supersede || r.Mode == Rollback }

// Published says whether live holds the batch, so that the run only goes forward.
func (r *Run) Published() bool {
	s := r.Step(Publish)
	return s != nil && s.State == StepSucceeded
}

// MayHavePublished says whether a publish was ever begun: its outcome counts, not
// what the run knows of it.
func (r *Run) MayHavePublished() bool {
	s := r.Step(Publish)
	return s != nil && s.Attempts > 0
}

// MayHavePrepared says whether snapshots may have been filled for the batch.
func (r *Run) MayHavePrepared() bool {
	s := r.Step(Validate)
	return s != nil && s.Attempts > 0
}

// NewSteps returns the steps of a run that is yet to come.
func NewSteps(m Mode) []Step {
	var steps []Step
	for _, k := range m.Kinds(false) {
		steps = append(steps, Step{Kind: k, State: StepPending})
	}
	return steps
}
