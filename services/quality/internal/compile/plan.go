package compile

import (
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/personal"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// What is kept of the rows that break an expectation. More rows cost a larger
// report that nobody reads to its end; the counts are exact all the same.
const (
	// RowLimit is how many rows are fetched per expectation, in the file's order.
	RowLimit = 20
	// ValueLimit is how many characters of a value are kept; one more is fetched, which
	// tells that there is more.
	ValueLimit = 200
)

// Plan is how the expectations of one table are evaluated.
type Plan struct {
	// Table as the dataset declares it.
	Table *datasetv1.Table
	// Delivered is the header and the candidate; empty where nothing came.
	Delivered *stepv1.DeliveredTable
	// Checks has one entry per expectation, in the declared order.
	Checks []*Check
	// Passes over the candidate; the first counts its rows. None where there are no rows
	// to judge: no candidate, or an empty one because every row was rejected.
	Passes []Pass
	// Veiled is the table as its values are shown to people.
	Veiled personal.Table

	tables tables
}

// Only is the plan of some of the checks, by their index; of none, it counts the rows.
func (p *Plan) Only(checks ...int) *Plan {
	only := &Plan{Table: p.Table, Delivered: p.Delivered, Veiled: p.Veiled, tables: p.tables}
	for _, i := range checks {
		only.Checks = append(only.Checks, &Check{Config: p.Checks[i].Config, Args: p.Checks[i].Args})
	}
	only.compile()
	return only
}

// Check is one expectation.
type Check struct {
	// Config is the expectation as declared, Args its arguments.
	Config *datasetv1.Expectation
	Args   expectation.Args
	// Skipped says why it cannot be evaluated over this batch; empty where it can.
	Skipped string
	// Present is where the rows that have a value are counted, Unexpected where
	// those are that break the rule. A kind that has no such count leaves it zero.
	Present, Unexpected Slot
	// Rows fetches the first rows that break the rule; nil where no row can.
	Rows *Query
	// OtherRejected is how many rows of the other table, of a rule that compares with
	// one, were delivered and could not be staged.
	OtherRejected int64
}

// Kind is the name of the expectation's kind.
func (c *Check) Kind() string { return c.Config.GetType() }

// Slot says where a count stands among the passes of a plan. The zero Slot is the
// number of rows of the candidate.
type Slot struct {
	Pass, Position int
}

// Query is one statement with its parameters.
type Query struct {
	SQL  string
	Args []any
}

// Pass is a statement that returns one row of counts.
type Pass struct {
	Query
	// Counts is how many counts the row holds, all of type bigint.
	Counts int
	// Why is the reason why an expectation has this pass to itself; empty where
	// expectations share it.
	Why string
}
