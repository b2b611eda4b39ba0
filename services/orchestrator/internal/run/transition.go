package run

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/shorten"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Failure is a verdict: why a step failed for good.
type Failure struct {
	// Reason of the registry.
	Reason problem.Reason
	// Message says it in words.
	Message string
}

// Outcome is what a step came to.
type Outcome struct {
	Counts  []*stepv1.TableCounts
	Summary string
	// Findings replace the run's; nil leaves them.
	Findings []*stepv1.Finding
	// Accepted is what a publish found and the run accepts.
	Accepted []*stepv1.Acceptance
	// Restated replaces what the run changes in history; nil leaves it.
	Restated []*stepv1.RestatedSnapshot
	// Erased replaces what the run erases; nil leaves it.
	Erased []*stepv1.ErasedRows
	// Validation replaces the run's; empty leaves it.
	Validation string
	// Failure is set where the step failed for good.
	Failure *Failure
	// Altered are the statements that it had carried out by then, which stay so.
	Altered []string
	// Skip says of later steps why they are not needed.
	Skip map[Kind]string
	// Continue keeps a step after this one to come although this one failed.
	Continue Kind
	// Unchanged and Backfill set the run's flags.
	Unchanged, Backfill bool
}

// Begin begins an attempt of a step.
func (r *Run) Begin(k Kind) Change {
	s := r.Step(k)
	again := s.State == StepRunning
	s.State, s.Summary, s.Counts = StepRunning, "", nil
	s.Attempts++
	if k == r.Mode.First() && k != Retain && !r.Mode.Erases() && r.Batch == "" {
		r.Batch = ident.New(ident.Batch)
	}
	if k == Validate && r.Validation == "" {
		r.Validation = ident.New(ident.Validation)
	}
	message := "began"
	if s.Attempts > 1 {
		message = fmt.Sprintf("began again, attempt %d", s.Attempts)
	}
	return Change{
		Steps:      []Kind{k},
		Events:     []Event{r.event(StepStarted, s, message)},
		RaiseFence: again,
	}
}

// Conclude ends a step with its outcome.
func (r *Run) Conclude(k Kind, o Outcome) Change {
	s := r.Step(k)
	s.Counts, s.Summary = o.Counts, o.Summary
	c := Change{Steps: []Kind{k}}
	if o.Findings != nil {
		r.Findings, c.Findings = shorten.Findings(o.Findings, shorten.OfRun), true
	}
	if o.Restated != nil {
		r.Restated, c.Restated = o.Restated, true
	}
	if o.Erased != nil {
		r.Erased, c.Erased = o.Erased, true
	}
	if o.Validation != "" {
		r.Validation = o.Validation
	}
	r.Unchanged = r.Unchanged || o.Unchanged
	r.Backfill = r.Backfill || o.Backfill
	for later, why := range o.Skip {
		c.Steps = append(c.Steps, r.skip(later, why)...)
	}
	if o.Failure == nil {
		s.State = StepSucceeded
		if notes := r.unused(o.Accepted); len(notes) > 0 && r.settlesGuards(k) {
			r.Findings, c.Findings = shorten.Findings(append(slices.Clone(r.Findings), notes...), shorten.OfRun), true
		}
		e := r.event(StepDone, s, o.Summary)
		e.Counts = o.Counts
		c.Events = []Event{e}
		return c
	}
	return c.And(r.fail(s, o))
}

// fail ends a step as failed. The first failure is the run's: where ingest rejected
// the batch, what quality finds besides does not hide it.
func (r *Run) fail(s *Step, o Outcome) Change {
	s.State = StepFailed
	message := o.Failure.Message
	if len(o.Altered) > 0 {
		message += "; what was altered before it stays so, and the next run goes on from there"
	}
	message += r.stands(s.Kind)
	if s.Summary == "" {
		s.Summary = prose.WithDone(message, o.Altered)
	}
	if r.Reason == "" {
		r.Reason, r.Message = string(o.Failure.Reason), message
	}
	e := r.event(StepBroke, s, message)
	e.Reason = string(o.Failure.Reason)
	c := Change{Events: []Event{e}}
	for i := range r.Steps {
		if later := r.Steps[i].Kind; later != o.Continue {
			c.Steps = append(c.Steps, r.skip(later, "not begun: the run failed before")...)
		}
	}
	return c
}

// stands says what a run that fails after its publish leaves behind. A failure changes
// nothing otherwise, so whoever reads of this one has to know.
func (r *Run) stands(failed Kind) string {
	if !r.Published() {
		return ""
	}
	if failed == Retain {
		return " (" + r.AsOf + " is published and stamped: once this is mended, the next run drops what the history is not to keep)"
	}
	left := "live holds " + r.AsOf + " already"
	if r.Backfill {
		left = "the batch is accepted as a backfill already"
	}
	again := "start the run again"
	if r.Mode == Rollback {
		again = "roll back again"
	}
	return " (" + left + ": once this is mended, " + again + " to stamp it)"
}

// skip skips a step that is still to come.
func (r *Run) skip(k Kind, why string) []Kind {
	s := r.Step(k)
	if s == nil || s.State != StepPending {
		return nil
	}
	s.State, s.Summary = StepSkipped, why
	return []Kind{k}
}

// Retry says that a step met a fault that may pass.
func (r *Run) Retry(k Kind, reason problem.Reason, message string) Change {
	e := r.event(StepRetrying, r.Step(k), message)
	e.Reason = string(reason)
	return Change{Events: []Event{e}}
}

// GoBack makes an earlier step the next one, since what it made is gone. A publish
// that succeeded stays done; everything else from that step on is to come again.
func (r *Run) GoBack(to, from Kind, reason problem.Reason, message string) Change {
	c := r.Retry(from, reason, message)
	c.RaiseFence = true
	first := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Kind == to })
	for i := first; i < len(r.Steps); i++ {
		s := &r.Steps[i]
		if s.Kind == Publish && s.State == StepSucceeded {
			continue
		}
		s.State, s.Summary, s.Counts = StepPending, "", nil
		c.Steps = append(c.Steps, s.Kind)
	}
	if to == r.Mode.First() {
		// The files may have changed, so what was found in them is found anew.
		r.Validation, r.Findings, r.Unchanged = "", nil, false
		r.Reason, r.Message = "", ""
		r.Restated = nil
		c.Findings, c.Restated = true, true
	}
	return c
}

// End ends the run.
func (r *Run) End(state State, message string) Change {
	r.State = state
	c := Change{}
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.State == StepRunning {
			s.State = StepCancelled
			c.Steps = append(c.Steps, s.Kind)
		}
		c.Steps = append(c.Steps, r.skip(s.Kind, "not begun: the run ended before")...)
	}
	e := r.event(RunEnded, nil, message)
	if state == Failed {
		e.Reason = r.Reason
	}
	c.Events = []Event{e}
	return c
}

// Progressed tells how far a step has come.
func (r *Run) Progressed(k Kind, p *stepv1.Progress) Event {
	e := r.event(StepProgress, r.Step(k), progressLine(p))
	e.Progress = p
	return e
}

func progressLine(p *stepv1.Progress) string {
	what := p.GetPhase()
	if p.GetTable() != "" {
		what = p.GetTable() + ": " + what
	}
	switch {
	case p.GetBytesTotal() > 0:
		return fmt.Sprintf("%s, %d%%", what, p.GetBytesDone()*100/p.GetBytesTotal())
	case p.GetRowsTotal() > 0:
		return fmt.Sprintf("%s, %d%%", what, p.GetRowsDone()*100/p.GetRowsTotal())
	}
	return what
}

func (r *Run) event(kind EventKind, s *Step, message string) Event {
	e := Event{Run: r.ID, Kind: kind, State: r.State, Message: message}
	if s != nil {
		e.Step, e.Attempt = s.Kind, s.Attempts
	}
	return e
}
