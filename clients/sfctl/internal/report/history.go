package report

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// history is the table of what a correction changes in history, or would.
func (r Report) history(out *strings.Builder) error {
	restated := r.Run.GetRestated()
	if len(restated) == 0 {
		return nil
	}
	verb := "changed"
	if r.step(orchestratorv1.StepKind_STEP_KIND_STAMP).GetState() != orchestratorv1.StepState_STEP_STATE_SUCCEEDED {
		verb = "would change"
	}
	fmt.Fprintf(out, "History as of %s %s:\n", r.Run.GetAsOf(), verb)
	if err := Restated(restated).Write(out); err != nil {
		return err
	}
	for _, s := range restated {
		if s.GetFound() != "" {
			fmt.Fprintf(out, "%s: %s.\n", s.GetSnapshot(), s.GetFound())
		}
	}
	return nil
}

// shownRestated is how many columns and keys of a restated snapshot a line names.
const shownRestated = 5

// Restated is the table of what differs between a revision and the one before it.
func Restated(all []*stepv1.RestatedSnapshot) *printer.Grid {
	g := printer.NewGrid(printer.Text("SNAPSHOT"), printer.Number("REVISION"), printer.Number("ADDED"),
		printer.Number("REMOVED"), printer.Number("CHANGED"), printer.Text("IN COLUMNS"), printer.Text("FIRST KEYS"))
	for _, s := range all {
		var columns, keys []string
		for _, c := range s.GetColumns() {
			columns = append(columns, fmt.Sprintf("%s (%s)", c.GetColumn(), prose.Number(c.GetUpdated())))
		}
		for _, f := range s.GetFirst() {
			keys = append(keys, changeSigns[f.GetChange()]+printer.OneLine(strings.Join(f.GetKey(), "/")))
		}
		more := s.GetAdded() + s.GetRemoved() + s.GetChanged() - int64(min(len(keys), shownRestated))
		g.Row(s.GetSnapshot(), revision(s), prose.Number(s.GetAdded()), prose.Number(s.GetRemoved()),
			prose.Number(s.GetChanged()), first(columns, int64(len(columns)-shownRestated)), first(keys, more))
	}
	return g
}

// revision is the number of a revision, and of the one whose content it has again.
func revision(s *stepv1.RestatedSnapshot) string {
	if s.GetRestores() == 0 {
		return prose.Number(int64(s.GetRevision()))
	}
	return fmt.Sprintf("%d (%d again)", s.GetRevision(), s.GetRestores())
}

// changeSigns stand before a key: a row that was added, removed or changed.
var changeSigns = map[stepv1.RowChange]string{
	stepv1.RowChange_ROW_CHANGE_ADDED: "+", stepv1.RowChange_ROW_CHANGE_REMOVED: "-", stepv1.RowChange_ROW_CHANGE_CHANGED: "~",
}

// first names the first of a list, and how many more there are.
func first(list []string, more int64) string {
	text := strings.Join(list[:min(len(list), shownRestated)], ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %s more", prose.Number(more))
	}
	return text
}

// revisionNote says of a snapshot that the run superseded which revision it made.
func (r Report) revisionNote(snapshot string) string {
	for _, s := range r.Run.GetRestated() {
		if s.GetSnapshot() == snapshot {
			if s.GetRestores() > 0 {
				return fmt.Sprintf("revision %d, rollback of %d to %d", s.GetRevision(), s.GetSupersedes(), s.GetRestores())
			}
			return fmt.Sprintf("revision %d, supersedes %d", s.GetRevision(), s.GetSupersedes())
		}
	}
	return ""
}
