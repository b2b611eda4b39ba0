package evaluate

import (
	"slices"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
)

// Header is what a rule on the columns saw of the delivered header.
type Header struct {
	// Columns are the delivered ones, in the file's order.
	Columns []string
	// Absent are the columns of the set that were not delivered, in the set's order;
	// those that the dataset declares optional are never among them.
	Absent []string
	// Surplus are the delivered columns outside the set, also where they are allowed.
	Surplus []string
}

// header judges the delivered columns against a column set. A file that is missing or
// cannot be read has a finding of ingest's, and no columns to judge.
func header(plan *compile.Plan, c *compile.Check) Outcome {
	if !plan.Delivered.GetHasHeader() {
		return Outcome{Skipped: "the file could not be read"}
	}
	h := &Header{Columns: plan.Delivered.GetHeader()}
	for _, name := range c.Args.ColumnSet {
		if !slices.Contains(h.Columns, name) && !dataset.ColumnByName(plan.Table, name).GetOptional() {
			h.Absent = append(h.Absent, name)
		}
	}
	for _, name := range h.Columns {
		if !slices.Contains(c.Args.ColumnSet, name) {
			h.Surplus = append(h.Surplus, name)
		}
	}
	return Outcome{Header: h, Holds: len(h.Absent) == 0 && (len(h.Surplus) == 0 || !c.Args.ExactMatch)}
}
