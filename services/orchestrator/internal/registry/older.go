package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// older says what a version means for the dates that are stamped: those that it would drop,
// and those of which it has another set of tables. A history that cannot be looked at is a
// warning.
func (j *judgement) older(ctx context.Context) (notes, warnings []string) {
	minds := dataset.Retains(j.after) || len(j.newTables()) > 0 || dataset.FirstCollected(j.after) != "" ||
		slices.ContainsFunc(j.after.GetTables(), func(t *datasetv1.Table) bool { return t.GetSince() != "" })
	if len(j.after.GetSnapshots()) == 0 || !minds {
		return nil, nil
	}
	plan, err := j.look.History(ctx, j.after)
	if err != nil {
		return nil, []string{"the dates that are stamped were not looked at: " + problem.FromError(err).Message}
	}
	dates := stampedDates(plan.GetDates())
	for _, t := range j.newTables() {
		notes = append(notes, j.needed(t, dates)...)
	}
	for _, s := range j.after.GetSnapshots() {
		notes = append(notes, before(dataset.TableByName(j.after, s.GetFrom()), s.GetName(), dates)...)
	}
	return append(notes, dropped(plan)...), nil
}

// newTables are those that the version before does not declare, and that are collected of
// every date.
func (j *judgement) newTables() []*datasetv1.Table {
	var all []*datasetv1.Table
	for _, c := range j.changes {
		if t := dataset.TableByName(j.after, c.Table); c.Part == diff.Table && c.Action == diff.Added && t.GetSince() == "" {
			all = append(all, t)
		}
	}
	return all
}

// needed says that dates which are stamped need the file of a new table, too, if they are
// delivered again.
func (j *judgement) needed(t *datasetv1.Table, dates []*snapshotv1.RetainedDate) []string {
	if len(dates) == 0 {
		return nil
	}
	next := "the first date that it is delivered of"
	if newest, err := dataset.ParseAsOf(dates[len(dates)-1].GetAsOf()); err == nil {
		next = dataset.FormatAsOf(dataset.NextAsOf(j.after.GetCalendar(), newest))
	}
	return []string{fmt.Sprintf("table %s is new, and %s stamped without it: whichever is delivered again, as a correction or a backfill, needs %s, too; "+
		"a file without rows would stamp that there were none. Where the table was not collected then, declare since: %s for it",
		t.GetName(), areDates(dates), dataset.File(t), next)}
}

// before says that dates which are stamped of a snapshot are before the one from which on
// its table is collected.
func before(t *datasetv1.Table, snapshot string, dates []*snapshotv1.RetainedDate) []string {
	var early []*snapshotv1.RetainedDate
	for _, d := range dates {
		if !dataset.Collected(t, d.GetAsOf()) && slices.Contains(d.GetSnapshots(), snapshot) {
			early = append(early, d)
		}
	}
	if len(early) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("table %s is collected since %s, and %s stamped of %s before that: what is stamped stays as it is, and no delivery of these dates changes it any more",
		t.GetName(), t.GetSince(), areDates(early), snapshot)}
}

// dropped says which dates the next run drops.
func dropped(plan *snapshotv1.PlanRetentionResponse) []string {
	var due []*snapshotv1.RetainedDate
	var rows int64
	for _, d := range plan.GetDates() {
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE {
			due = append(due, d)
			rows += d.GetRows()
		}
	}
	if len(due) == 0 {
		return nil
	}
	slices.Reverse(due) // they come the newest first
	return []string{fmt.Sprintf("history: the next run drops what is stamped of %s, %s: %s; a date that is pinned stays",
		namedDates(due), prose.Count(rows, "row"), plan.GetRule())}
}

// stampedDates are the dates of which there are rows, the oldest first.
func stampedDates(all []*snapshotv1.RetainedDate) []*snapshotv1.RetainedDate {
	var there []*snapshotv1.RetainedDate
	for _, d := range all {
		if d.GetDroppedAt() == nil && len(d.GetSnapshots()) > 0 {
			there = append(there, d)
		}
	}
	slices.Reverse(there)
	return there
}

// areDates is how many dates there are, and which, with the verb.
func areDates(dates []*snapshotv1.RetainedDate) string {
	if len(dates) == 1 {
		return "1 date (" + dates[0].GetAsOf() + ") is"
	}
	return namedDates(dates) + " are"
}

// maxDates is how many dates a note names.
const maxDates = 12

// namedDates is how many dates there are, and which.
func namedDates(dates []*snapshotv1.RetainedDate) string {
	var names []string
	for _, d := range dates[:min(len(dates), maxDates)] {
		names = append(names, d.GetAsOf())
	}
	if more := len(dates) - maxDates; more > 0 {
		names = append(names, fmt.Sprintf("%d more to %s", more, dates[len(dates)-1].GetAsOf()))
	}
	return prose.Count(int64(len(dates)), "date") + " (" + strings.Join(names, ", ") + ")"
}
