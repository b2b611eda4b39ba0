package step

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// What a step came to, in one line for people.

func stageLine(counts []*stepv1.TableCounts) string {
	t := total(counts)
	line := fmt.Sprintf("%s of %s", prose.Count(t.GetRows(), "row"), prose.Count(int64(len(counts)), "table"))
	if t.GetRejected() > 0 {
		line += fmt.Sprintf(", %s rejected", prose.Number(t.GetRejected()))
	}
	return line
}

// acceptedLine says which findings would have stopped the run, and who accepted them.
func acceptedLine(findings []*stepv1.Finding) string {
	line := ""
	for _, f := range findings {
		if f.GetAcceptedBy() == "" {
			continue
		}
		what := f.GetReason()
		if f.GetTable() != "" {
			what += " of " + f.GetTable()
		}
		line += fmt.Sprintf("; %s accepted by %s", what, f.GetAcceptedBy())
	}
	return line
}

// validateLine also says how many snapshots were filled; a plan's are dropped again,
// but it is known that they could be stamped.
func validateLine(mode run.Mode, v *qualityv1.Validation, prepared *snapshotv1.PrepareResult) string {
	s := v.GetStatistics()
	line := fmt.Sprintf("%s of %s held", prose.Number(int64(s.GetSuccessfulExpectations())),
		prose.Count(int64(s.GetEvaluatedExpectations()), "expectation"))
	if s.GetSkippedExpectations() > 0 {
		line += fmt.Sprintf(", %s skipped", prose.Number(int64(s.GetSkippedExpectations())))
	}
	if n := v.GetRejectedRows(); n > 0 {
		line += fmt.Sprintf("; %s not seen", prose.Count(n, "rejected row"))
	}
	if n := len(prepared.GetSnapshots()); n > 0 {
		came := "prepared"
		if mode == run.Plan {
			came = "could be stamped"
		}
		line += fmt.Sprintf("; %s %s", prose.Count(int64(n), "snapshot"), came)
	}
	return line
}

// refusedLine says what a step was refused for, where a service names what stands in
// the way: a line that tells of success before is the one that people read.
func refusedLine(p *problem.Error) string {
	var where []string
	for _, v := range p.Violations {
		if !slices.Contains(where, v.Subject) {
			where = append(where, v.Subject)
		}
	}
	line := "refused: " + string(p.Reason)
	if len(where) == 0 {
		return line
	}
	if n := len(where) - maxNamed; n > 0 {
		where = append(where[:maxNamed:maxNamed], fmt.Sprintf("%d more", n))
	}
	return line + " in " + strings.Join(where, ", ")
}

// maxNamed is how many things a line names before it counts the others.
const maxNamed = 3

func publishLine(counts []*stepv1.TableCounts, backfill bool) string {
	if backfill {
		return "live holds a later as_of and was left as it is"
	}
	t := total(counts)
	line := fmt.Sprintf("inserted %s, updated %s, unchanged %s",
		prose.Number(t.GetInserted()), prose.Number(t.GetUpdated()), prose.Number(t.GetUnchanged()))
	return line + departures(t, "deleted")
}

func planLine(r *ingestv1.PlanResult) string {
	if r.GetBackfill() {
		return fmt.Sprintf("live holds %s, a later as_of, and would be left as it is", r.GetWatermark())
	}
	t := total(r.GetCounts())
	line := fmt.Sprintf("would insert %s, update %s, leave %s unchanged",
		prose.Number(t.GetInserted()), prose.Number(t.GetUpdated()), prose.Number(t.GetUnchanged()))
	return line + departures(t, "to be deleted")
}

func departures(t *stepv1.TableCounts, deleted string) string {
	line := ""
	if t.GetDeparted() > 0 {
		line += fmt.Sprintf(", departed %s", prose.Number(t.GetDeparted()))
	}
	switch {
	case t.GetDeleted() > 0 && t.GetDeparted() > 0:
		line += fmt.Sprintf(" (%s %s)", prose.Number(t.GetDeleted()), deleted)
	case t.GetDeleted() > 0: // they departed earlier, when that was not declared yet
		line += fmt.Sprintf(", %s %s", prose.Number(t.GetDeleted()), deleted)
	}
	if t.GetReturned() > 0 {
		line += fmt.Sprintf(", returned %s", prose.Number(t.GetReturned()))
	}
	if t.GetWithdrawn() > 0 {
		line += fmt.Sprintf(", withdrawn %s", prose.Number(t.GetWithdrawn()))
	}
	return line
}

func stampLine(r *snapshotv1.StampResult) string {
	var all, same, first int64
	equal := true
	for i, s := range r.GetSnapshots() {
		rows := s.GetSnapshot().GetRows()
		if i == 0 {
			first = rows
		}
		equal = equal && rows == first
		all += rows
		if s.GetUnchanged() {
			same++
		}
	}
	line := prose.Count(int64(len(r.GetSnapshots())), "snapshot")
	if equal {
		line += " of " + prose.Count(first, "row")
	} else {
		line += ", " + prose.Count(all, "row") + " in all"
	}
	if same > 0 {
		line += fmt.Sprintf(", %s stamped before with the same content", prose.Number(same))
	}
	return line + without(r) + restored(r)
}

// alteredLine says what was altered in the tables before they were written to.
func alteredLine(altered []*stepv1.AlteredRelation) string {
	return prose.WithDone("", statements(altered))
}

// restored says what became of history that was not there.
func restored(r *snapshotv1.StampResult) string {
	var all []string
	for _, s := range r.GetSnapshots() {
		if s.GetRestored() != "" {
			all = append(all, "; "+s.GetSnapshot().GetSnapshot()+": "+s.GetRestored())
		}
	}
	return strings.Join(all, "")
}

// refilledLine says before a stamp what will become of history that is not there.
func refilledLine(mode run.Mode, r *snapshotv1.PrepareResult) string {
	will := "will be"
	if mode == run.Plan {
		will = "would be"
	}
	line := ""
	for _, s := range r.GetSnapshots() {
		if s.GetFound() != "" {
			line += fmt.Sprintf("; %s: %s, and %s filled again", s.GetSnapshot(), s.GetFound(), will)
		}
	}
	return line
}

// without says which columns an as_of was stamped without, that the dataset has got since.
func without(r *snapshotv1.StampResult) string {
	var all []string
	for _, s := range r.GetSnapshots() {
		if len(s.GetWithout()) > 0 {
			all = append(all, s.GetSnapshot().GetSnapshot()+" without "+strings.Join(s.GetWithout(), ", "))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, "; ") + ", which the dataset did not have then)"
}

// stampCounts are the rows per snapshot: inserted where they were stamped now; of a
// revision that supersedes another, what differs from that one.
func stampCounts(r *snapshotv1.StampResult) []*stepv1.TableCounts {
	var counts []*stepv1.TableCounts
	for _, s := range r.GetSnapshots() {
		c := &stepv1.TableCounts{Table: s.GetSnapshot().GetSnapshot(), Rows: s.GetSnapshot().GetRows()}
		switch r := s.GetRestated(); {
		case s.GetUnchanged():
			c.Unchanged = c.GetRows()
		case r != nil && r.GetAdded()+r.GetRemoved()+r.GetChanged() > 0:
			c.Inserted, c.Updated, c.Deleted = r.GetAdded(), r.GetChanged(), r.GetRemoved()
			c.Unchanged = c.GetRows() - c.GetInserted() - c.GetUpdated()
		default:
			c.Inserted = c.GetRows()
		}
		counts = append(counts, c)
	}
	return counts
}

func total(counts []*stepv1.TableCounts) *stepv1.TableCounts {
	t := &stepv1.TableCounts{}
	for _, c := range counts {
		t.Rows += c.GetRows()
		t.Inserted += c.GetInserted()
		t.Updated += c.GetUpdated()
		t.Unchanged += c.GetUnchanged()
		t.Departed += c.GetDeparted()
		t.Deleted += c.GetDeleted()
		t.Returned += c.GetReturned()
		t.Withdrawn += c.GetWithdrawn()
		t.Rejected += c.GetRejected()
	}
	return t
}
