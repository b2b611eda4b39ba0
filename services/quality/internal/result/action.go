package result

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// action says what to do, which depends on what happens next: a critical finding stops
// the run, so there is time to deliver again; in spite of any other the run goes on.
func action(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) string {
	what := mend(plan, c, o)
	const otherwise = "; where the data is right, change the expectation in the dataset."
	switch severity(c) {
	case datasetv1.Severity_SEVERITY_WARNING:
		return "A run goes on in spite of a warning, and stamps the as_of as it is; `sfctl plan --fail-on warning` looks first. " +
			what + ", and deliver it before the run, or again with --supersede --reason once it is stamped" + otherwise
	case datasetv1.Severity_SEVERITY_INFO:
		return "Nothing has to be done: the severity is info, and a run stamps the as_of as it is; `sfctl plan` looks first. " +
			what + " where they are wrong" + otherwise
	default:
		return what + ", and deliver it again" + otherwise
	}
}

// mend says what to correct. What was delivered and rejected is not asked for: its rows
// are named by the findings that rejected them.
func mend(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) string {
	if o.Exception != "" {
		return "Correct the values that PostgreSQL cannot compute with, or the arguments of the expectation"
	}
	if absent(plan, c) {
		return "Ask for a file with the column " + c.Args.Column + ", which the dataset declares optional and the rule asks for"
	}
	const rows = "orrect the rows that are named by file and line"
	rejected := plan.Delivered.GetRejected() > 0
	switch c.Kind() {
	case expectation.TableColumnsToMatchSet:
		return "Correct the columns of the file"
	case expectation.TableRowCountToBeBetween:
		if rejected {
			return "Correct the rejected rows of the file (ROWS_REJECTED), which are not counted"
		}
		return "Ask whoever delivers the file whether it is whole"
	case expectation.ColumnValuesToBeInOtherTable:
		if c.OtherRejected > 0 {
			return fmt.Sprintf("Correct the rejected rows of %s first (ROWS_REJECTED), which may be the missing ones, and then c%s", c.Args.OtherTable, rows)
		}
		return fmt.Sprintf("Deliver the missing rows of %s, or c%s", c.Args.OtherTable, rows)
	}
	return "C" + rows
}

// absent is true of a rule that asks for values of a column that the file does not have.
// Only an optional one gets this far: its rows are as they should be, but for the column.
func absent(plan *compile.Plan, c *compile.Check) bool {
	return c.Kind() == expectation.ColumnValuesToNotBeNull && plan.Delivered.GetHasHeader() &&
		!slices.Contains(plan.Delivered.GetHeader(), c.Args.Column)
}
