package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// retention is what becomes of the dates of a dataset; nil where that cannot be said, as of a
// dataset that is not declared any more, whose history is there all the same.
func (c *clients) retention(ctx context.Context, dataset string) *snapshotv1.PlanRetentionResponse {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	plan, err := c.snapshot.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{Dataset: dataset})
	if err != nil {
		return nil
	}
	return plan
}

// heldDates are the dates that the history would not keep, with what keeps each.
func heldDates(plan *snapshotv1.PlanRetentionResponse) map[string]string {
	held := map[string]string{}
	for _, d := range plan.GetDates() {
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_HELD {
			held[d.GetAsOf()] = printer.OneLine(d.GetWhy())
		}
	}
	return held
}

// maxDue is how many dates a line names before it counts the others.
const maxDue = 10

// dropsNext says which dates the next retention run drops; empty where it drops none.
func dropsNext(plan *snapshotv1.PlanRetentionResponse) string {
	var due []string
	for _, d := range plan.GetDates() {
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE {
			due = append(due, d.GetAsOf())
		}
	}
	if len(due) == 0 {
		return ""
	}
	if more := len(due) - maxDue; more > 0 {
		due = append(due[:maxDue:maxDue], fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("the next retention drops %s (%s)", strings.Join(due, ", "), printer.OneLine(plan.GetRule()))
}

// noteNext says what was given up by that, for people.
func (a *app) noteNext(ctx context.Context, c *clients, dataset string) {
	if !a.format.ForPeople() {
		return
	}
	plan := c.retention(ctx, dataset)
	switch next := dropsNext(plan); {
	case plan.GetRule() == "": // nothing can be said
	case next == "":
		a.note("The next retention drops nothing: %s.", printer.OneLine(plan.GetRule()))
	default:
		a.note("%s.", strings.ToUpper(next[:1])+next[1:])
	}
}
