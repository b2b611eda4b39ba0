package step

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// retain drops the dates that the dataset's history is not to keep. What cannot go now is a
// warning, and goes with a later run.
func (s *Services) retain(ctx context.Context, t Task) (run.Outcome, error) {
	done, err := s.snapshot.Retain(ctx, &snapshotv1.RetainRequest{Context: t.context(), Dataset: t.Dataset})
	if err != nil {
		if t.Run.Mode == run.Full && unlessOlder(err) == nil {
			return run.Outcome{Summary: "left to the next run: the snapshot service is of a version that drops nothing"}, nil
		}
		return run.Outcome{}, err
	}
	o := run.Outcome{Summary: retainLine(done)}
	if len(done.GetFindings()) > 0 {
		o.Findings = findings(t.Dataset, t.Run.Findings, done.GetFindings())
	}
	return o, nil
}

// retainLine says what was dropped.
func retainLine(r *snapshotv1.RetainResponse) string {
	dates := r.GetDropped()
	line := "nothing to drop"
	if len(dates) > 0 {
		line = "dropped " + datesLine(dates)
	}
	if n := len(r.GetFindings()); n > 0 {
		line += fmt.Sprintf("; %s in the way", prose.Count(int64(n), "table"))
	}
	return line + heldLine(r.GetHeld())
}

// maxHeld is how many dates are named with what keeps them.
const maxHeld = 3

// heldLine names the dates that stay though they are due, each with what keeps it; empty where
// none does.
func heldLine(dates []*snapshotv1.RetainedDate) string {
	if len(dates) == 0 {
		return ""
	}
	var named []string
	for _, d := range dates[:min(len(dates), maxHeld)] {
		named = append(named, fmt.Sprintf("%s (%s)", d.GetAsOf(), d.GetWhy()))
	}
	if n := len(dates) - maxHeld; n > 0 {
		named = append(named, fmt.Sprintf("%d more", n))
	}
	return "; due and kept: " + strings.Join(named, ", ")
}

// datesLine names dates, and how many rows they have.
func datesLine(dates []*snapshotv1.RetainedDate) string {
	var named []string
	var rows int64
	for _, d := range dates {
		named = append(named, d.GetAsOf())
		rows += d.GetRows()
	}
	if n := len(named) - maxNamed; n > 0 {
		named = append(named[:maxNamed:maxNamed], fmt.Sprintf("%d more", n))
	}
	return fmt.Sprintf("%s (%s)", strings.Join(named, ", "), prose.Count(rows, "row"))
}

// retention returns the dates that would be dropped once the run's as_of is stamped, and
// refuses an as_of that would not stay: one that was dropped is not stamped again, and a new
// one that the history would not keep is not worth its work. Errors: RETAINED_NO_LONGER.
func (s *Services) retention(ctx context.Context, t Task) ([]*snapshotv1.RetainedDate, error) {
	if !t.snapshots() {
		return nil, nil
	}
	plan, err := s.snapshot.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{
		Dataset: t.Dataset.GetName(), AsOf: t.Run.AsOf, Declaration: t.Dataset, DatasetVersion: t.Run.Version,
	})
	if unlessOlder(err) != nil {
		return nil, err
	}
	var due []*snapshotv1.RetainedDate
	for _, d := range plan.GetDates() {
		if err := retained(t, plan.GetRule(), d); err != nil {
			return nil, err
		}
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE {
			due = append(due, d)
		}
	}
	return due, nil
}

// retained refuses the run's as_of where the history has no place for it.
func retained(t Task, rule string, d *snapshotv1.RetainedDate) error {
	if d.GetAsOf() != t.Run.AsOf {
		return nil
	}
	var why string
	switch {
	case d.GetDroppedAt() != nil:
		why = fmt.Sprintf("retention dropped its rows on %s, and what was dropped is not stamped again", d.GetDroppedAt().AsTime().UTC().Format("2006-01-02"))
	case d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE && len(d.GetSnapshots()) == 0:
		why = "it would be dropped as soon as it were stamped: " + rule
	default:
		return nil
	}
	return problem.New(problem.RetainedNoLonger, "dataset %s takes no delivery of %s: %s", t.Run.Dataset, t.Run.AsOf, why).
		With("dataset", t.Run.Dataset).With("as_of", t.Run.AsOf).Violate("as_of", "%s", why)
}

// dueLine says in the line of a plan what the run would drop.
func dueLine(due []*snapshotv1.RetainedDate) string {
	if len(due) == 0 {
		return ""
	}
	return "; would drop " + datesLine(due)
}

// dueNotice is the notice of a plan about the dates that the run would drop; none of a run,
// which says what it did.
func dueNotice(t Task, due []*snapshotv1.RetainedDate) []*stepv1.Finding {
	if t.Run.Mode != run.Plan || len(due) == 0 {
		return nil
	}
	names := make([]string, len(due))
	for i, d := range due {
		names[i] = d.GetAsOf()
	}
	slices.Sort(names)
	message := fmt.Sprintf("the run would drop %s from the history: %s", prose.Count(int64(len(due)), "date"), datesLine(due))
	return []*stepv1.Finding{{
		Reason: string(problem.RetentionDue), Severity: datasetv1.Severity_SEVERITY_INFO, Count: int64(len(due)),
		Message: message, Expected: due[0].GetWhy(), Found: strings.Join(names, ", "), Action: problem.Lookup(problem.RetentionDue).Do,
	}}
}

// NewestStamped is the newest as_of of a dataset that is stamped, YYYY-MM-DD; empty where none
// is.
func (s *Services) NewestStamped(ctx context.Context, name string) (string, error) {
	page, err := s.snapshot.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: name, PageSize: 1})
	if err != nil || len(page.GetSnapshots()) == 0 {
		return "", err
	}
	return page.GetSnapshots()[0].GetAsOf(), nil
}
