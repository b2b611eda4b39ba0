package stage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// consequence is a finding that follows from a rejected row of another table, or of the
// same one.
type consequence struct {
	parent  *delivery
	finding *stepv1.Finding
	// line is that of the first rejected row that it follows from.
	line int64
}

// ofRejectedParents makes the finding of rows whose parent was delivered and rejected.
func (d *delivery) ofRejectedParents(r declared.Reference, parent *delivery, o orphans) *stepv1.Finding {
	first := o.rejected[0]
	columns := strings.Join(r.Columns, ", ")
	f := &stepv1.Finding{
		Reason: string(problem.OrphanedRows), Severity: datasetv1.Severity_SEVERITY_CRITICAL,
		Table: d.table.Name, File: d.table.File, Column: columns, Count: o.allRejected,
		Expected: fmt.Sprintf("a row of %s for every %s", parent.table.Name, columns),
		Found:    prose.Count(o.allRejected, "row") + " without one that passed",
		Action:   fmt.Sprintf("Nothing here: correct the rejected rows of %s.", parent.table.File),
	}
	f.Message = fmt.Sprintf("%s: %s refer%s to rejected rows of %s by %s, the first %q %s",
		d.table.File, prose.Count(o.allRejected, "row"), plural(int(min(o.allRejected, 2)), "s", ""), parent.table.File,
		columns, quotable(d.shownReference(r, first.refers)), d.standsAt(first.line))
	for _, row := range o.rejected {
		f.Rows = append(f.Rows, row.at(d, r, fmt.Sprintf("its parent, line %d of %s, was rejected", row.parent, parent.table.File)))
	}
	return f
}

// attach puts a finding under the one from which it follows: that of the rejected row on
// the line, where it is listed, otherwise the first of the table's rejected rows.
func (d *delivery) attach(follows *stepv1.Finding, line int64) {
	var cause *stepv1.Finding
	for _, f := range d.findings {
		if f.GetReason() != string(problem.RowsRejected) {
			continue
		}
		listed := slices.ContainsFunc(f.GetRows(), func(r *stepv1.RowLocation) bool { return r.GetLine() == line })
		if cause == nil || listed {
			cause = f
		}
		if listed {
			break
		}
	}
	if cause == nil { // there is no rejected row without a finding, but nothing is lost if there were
		d.findings = append(d.findings, follows)
		return
	}
	cause.Follows = append(cause.Follows, follows)
}
