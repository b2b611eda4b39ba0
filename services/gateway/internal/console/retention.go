package console

import (
	"context"
	"net/http"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func retentionPath(dataset string) string { return datasetPath(dataset) + "/retention" }

// retention is every date of a history, and what becomes of it.
func (c *Console) retention(ctx context.Context, r *http.Request) (sheet, error) {
	name := r.PathValue("dataset")
	plan, err := c.services.Snapshot.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{Dataset: name})
	if err != nil {
		return sheet{}, err
	}
	t := table{
		ID: "dates", Title: "Dates", Head: heads("as_of", "What becomes of it", "Why", "#Rows", "Snapshots", "Pinned", "Training sets on it", "Dropped", "Run"),
		Empty: "No snapshots yet.",
	}
	due := 0
	for _, d := range plan.GetDates() {
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE {
			due++
		}
		t.Rows = append(t.Rows, retainedRow(name, d))
	}
	return sheet{
		Heading: "Retention of", Name: name, JSON: "/v1" + r.URL.Path, Tables: []table{t},
		Facts: []fact{{"Dataset", datasetLink(name)}, {"The rule", words(plan.GetRule())}, {"The next run drops", words(prose.Count(int64(due), "date"))}},
	}, nil
}

func retainedRow(dataset string, d *snapshotv1.RetainedDate) []entry {
	pinned := ""
	if p := d.GetPin(); p != nil {
		pinned = p.GetPinnedBy() + ": " + p.GetReason()
	}
	return []entry{
		snapshotLink(dataset, d.GetAsOf()), marked(label(d.GetState()), retentionKind(d.GetState())), words(d.GetWhy()), figure(prose.Number(d.GetRows())),
		words(joined(d.GetSnapshots())), words(pinned), words(strings.Join(d.GetTrainingSets(), ", ")), moment(d.GetDroppedAt()), runLink(d.GetRun()),
	}
}

// retentionKind is how what becomes of a date is coloured.
func retentionKind(s snapshotv1.RetentionState) string {
	switch s {
	case snapshotv1.RetentionState_RETENTION_STATE_KEPT:
		return "good"
	case snapshotv1.RetentionState_RETENTION_STATE_DUE, snapshotv1.RetentionState_RETENTION_STATE_UNDER_WAY:
		return "busy"
	default:
		return "gap"
	}
}

// dueAndKept are the dates of a dataset that its history would not keep, with what keeps each; none
// where that cannot be said: a page of snapshots is one without it.
func (c *Console) dueAndKept(ctx context.Context, dataset string) map[string]string {
	plan, err := c.services.Snapshot.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{Dataset: dataset})
	if err != nil {
		return nil
	}
	held := map[string]string{}
	for _, d := range plan.GetDates() {
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_HELD {
			held[d.GetAsOf()] = d.GetWhy()
		}
	}
	return held
}
