package run

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// settlesGuards is true of the step after which no guard looks any more: a publish, or
// the last step of a plan.
func (r *Run) settlesGuards(k Kind) bool {
	if r.Mode != Plan {
		return k == Publish
	}
	for _, s := range r.Steps {
		if s.State == StepPending {
			return false
		}
	}
	return true
}

// unused are notes of what was accepted for the run and that no guard found. used are
// those that a publish covered, besides what stands in the run's findings.
func (r *Run) unused(used []*stepv1.Acceptance) []*stepv1.Finding {
	used = append(covered(r.Findings), used...)
	var notes []*stepv1.Finding
	for _, a := range r.Accepted {
		if isUsed(a, used) || exceeded(a, r.Findings) {
			continue
		}
		what := a.GetReason()
		if a.GetTable() != "" {
			what += ":" + a.GetTable()
		}
		message := fmt.Sprintf("accepted %s was not needed: no guard found it in this delivery", what)
		if a.GetFromRun() != "" {
			message = fmt.Sprintf("accepted %s, as %s found it, was not needed: no guard found it in this delivery", what, a.GetFromRun())
		}
		notes = append(notes, &stepv1.Finding{
			Reason: string(problem.AcceptanceUnused), Severity: datasetv1.Severity_SEVERITY_INFO, Table: a.GetTable(),
			Message: message, Action: problem.Lookup(problem.AcceptanceUnused).Do,
		})
	}
	return notes
}

// exceeded is true of an acceptance of less than a guard found: the finding says so.
func exceeded(a *stepv1.Acceptance, findings []*stepv1.Finding) bool {
	return slices.ContainsFunc(findings, func(f *stepv1.Finding) bool {
		if f.GetSeverity() == datasetv1.Severity_SEVERITY_CRITICAL && f.GetAcceptedBy() == "" {
			return isUsed(a, []*stepv1.Acceptance{{Reason: f.GetReason(), Table: f.GetTable()}}) || exceeded(a, f.GetFollows())
		}
		return exceeded(a, f.GetFollows())
	})
}

// covered are the findings that were accepted, those that follow from others included.
func covered(findings []*stepv1.Finding) []*stepv1.Acceptance {
	var all []*stepv1.Acceptance
	for _, f := range findings {
		if f.GetAcceptedBy() != "" {
			all = append(all, &stepv1.Acceptance{Reason: f.GetReason(), Table: f.GetTable()})
		}
		all = append(all, covered(f.GetFollows())...)
	}
	return all
}

// isUsed is true of an acceptance that covers one of those that were used. One without
// a table covers every table, unless it was taken from another run's findings.
func isUsed(a *stepv1.Acceptance, used []*stepv1.Acceptance) bool {
	every := a.GetTable() == "" && a.GetFromRun() == ""
	for _, u := range used {
		if u.GetReason() == a.GetReason() && (every || u.GetTable() == a.GetTable()) {
			return true
		}
	}
	return false
}
