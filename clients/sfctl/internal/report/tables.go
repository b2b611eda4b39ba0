package report

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// tableCounts is what the run did, or would do, to the live tables; before that, what
// it staged, and staged is true.
func (r Report) tableCounts() (counts []*stepv1.TableCounts, staged bool) {
	for _, kind := range []orchestratorv1.StepKind{
		orchestratorv1.StepKind_STEP_KIND_PUBLISH, orchestratorv1.StepKind_STEP_KIND_PLAN,
	} {
		if counts := r.step(kind).GetCounts(); len(counts) > 0 {
			return counts, false
		}
	}
	if r.rollsBack() {
		return r.step(orchestratorv1.StepKind_STEP_KIND_RESTORE).GetCounts(), true
	}
	return r.step(orchestratorv1.StepKind_STEP_KIND_STAGE).GetCounts(), true
}

func (r Report) tables(out *strings.Builder) error {
	counts, staged := r.tableCounts()
	switch {
	case len(counts) == 0:
		return nil
	case staged && r.rollsBack():
		return restored(counts).Write(out)
	case staged:
		return Staged(counts).Write(out)
	case r.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_PLAN:
		out.WriteString("Publishing would change:\n")
	}
	return Counts(counts).Write(out)
}

// restored is the table of what a rollback was made of per table.
func restored(counts []*stepv1.TableCounts) *printer.Grid {
	g := printer.NewGrid(printer.Text("TABLE"), printer.Number("ROWS"))
	for _, c := range counts {
		g.Row(c.GetTable(), prose.Number(c.GetRows()))
	}
	return g
}

// Staged is the table of what was delivered per table.
func Staged(counts []*stepv1.TableCounts) *printer.Grid {
	g := printer.NewGrid(printer.Text("TABLE"), printer.Number("SIZE"), printer.Number("ROWS"),
		printer.Number("REJECTED"), printer.Text(""))
	for _, c := range counts {
		g.Row(c.GetTable(), printer.Bytes(c.GetBytes()), prose.Number(c.GetRows()), prose.Number(c.GetRejected()), sameFile(c))
	}
	return g
}

// Counts is the table of what was done per table, in rows. Columns that only matter
// now and then are left out where they are nought everywhere.
func Counts(counts []*stepv1.TableCounts) *printer.Grid {
	deleted, rejected, withdrawn := false, false, false
	for _, c := range counts {
		deleted = deleted || c.GetDeleted() > 0
		rejected = rejected || c.GetRejected() > 0
		withdrawn = withdrawn || c.GetWithdrawn() > 0
	}
	columns := []printer.Column{
		printer.Text("TABLE"), printer.Number("ROWS"), printer.Number("INSERTED"),
		printer.Number("UPDATED"), printer.Number("UNCHANGED"), printer.Number("DEPARTED"),
	}
	if deleted {
		columns = append(columns, printer.Number("DELETED"))
	}
	if withdrawn {
		columns = append(columns, printer.Number("WITHDRAWN"))
	}
	if rejected {
		columns = append(columns, printer.Number("REJECTED"))
	}
	g := printer.NewGrid(append(columns, printer.Text(""))...)
	for _, c := range counts {
		cells := []string{c.GetTable()}
		for _, n := range []int64{c.GetRows(), c.GetInserted(), c.GetUpdated(), c.GetUnchanged(), c.GetDeparted()} {
			cells = append(cells, prose.Number(n))
		}
		if deleted {
			cells = append(cells, prose.Number(c.GetDeleted()))
		}
		if withdrawn {
			cells = append(cells, prose.Number(c.GetWithdrawn()))
		}
		if rejected {
			cells = append(cells, prose.Number(c.GetRejected()))
		}
		g.Row(append(cells, sameFile(c))...)
	}
	return g
}

func sameFile(c *stepv1.TableCounts) string {
	if c.GetSameAsOf() == "" {
		return ""
	}
	return "same file as " + c.GetSameAsOf()
}

// changes lists, for a plan, in which columns rows would change.
func (r Report) changes(out *strings.Builder) error {
	g := printer.NewGrid(printer.Text("TABLE"), printer.Text("COLUMN"), printer.Number("ROWS THAT CHANGE"))
	for _, c := range r.step(orchestratorv1.StepKind_STEP_KIND_PLAN).GetCounts() {
		for _, col := range c.GetColumns() {
			if col.GetUpdated() > 0 {
				g.Row(c.GetTable(), col.GetColumn(), prose.Number(col.GetUpdated()))
			}
		}
	}
	if g.Len() == 0 {
		return nil
	}
	return g.Write(out)
}

// quality is one line: how many expectations held.
func (r Report) quality(out *strings.Builder) error {
	if s := r.Validation.GetStatistics(); s != nil {
		fmt.Fprintf(out, "Quality: %d of %s held", s.GetSuccessfulExpectations(),
			prose.Count(int64(s.GetEvaluatedExpectations()), "expectation"))
		if n := s.GetSkippedExpectations(); n > 0 {
			fmt.Fprintf(out, ", %d could not be evaluated", n)
		}
		if n := r.Validation.GetRejectedRows(); n > 0 {
			fmt.Fprintf(out, ", %s not seen", prose.Count(n, "rejected row"))
		}
		fmt.Fprintf(out, " (%s)\n", r.Validation.GetId())
	}
	return nil
}

// snapshots is the table of what the stamp step made or found.
func (r Report) snapshots(out *strings.Builder) error {
	counts := r.step(orchestratorv1.StepKind_STEP_KIND_STAMP).GetCounts()
	if len(counts) == 0 {
		return nil
	}
	g := printer.NewGrid(printer.Text("SNAPSHOT"), printer.Text("AS_OF"), printer.Number("ROWS"), printer.Text(""))
	for _, c := range counts {
		note := r.revisionNote(c.GetTable())
		if note == "" && c.GetRows() > 0 && c.GetUnchanged() == c.GetRows() {
			note = "stamped before, unchanged"
		}
		g.Row(c.GetTable(), r.Run.GetAsOf(), prose.Number(c.GetRows()), note)
	}
	return g.Write(out)
}
