// Package evaluate runs compiled expectations over the candidates of a batch, and
// says of each what was counted, whether it holds, and which rows break it.
//
// Everything that is read of one table is read in one REPEATABLE READ, READ ONLY
// transaction with a time limit, whose first statement also counts the candidate's
// rows: what came back empty from a crash is STAGING_LOST and never a verdict.
package evaluate

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
)

// Limits bound what one evaluation takes of the database.
type Limits struct {
	// StatementTimeout ends a statement that takes longer.
	StatementTimeout time.Duration
	// TablesAtOnce is how many tables are read at a time, each on a connection of its own.
	TablesAtOnce int
}

// Outcome is what was seen of one expectation.
type Outcome struct {
	// Skipped says why nothing was seen; empty where something was.
	Skipped string
	// Exception says why PostgreSQL cannot evaluate it over this data; empty where it can.
	Exception string
	// Holds is true where the expectation does; false where it was skipped, or cannot
	// be evaluated.
	Holds bool
	// Elements are the rows looked at, Missing those without a value, Unexpected
	// those that break the rule.
	Elements, Missing, Unexpected int64
	// Rows are the first that break the rule, in the order of the files.
	Rows []Row
	// Header is what a rule on the header saw; nil for every other.
	Header *Header
}

// Row is where a row stands, and the value that breaks the rule.
type Row struct {
	// File is an index into the candidate's files; Line counts from 1.
	File int
	Line int64
	// Key has one text per key column, empty for a NULL.
	Key []string
	// Value is the text of the value, cut and then with … behind it; nil for a NULL.
	Value *string
	// Sealed are the personal values of Key and Value, encrypted; nil where there are none.
	Sealed *stepv1.SealedValues
}

// Evaluator evaluates plans on a database.
type Evaluator struct {
	pool   *postgres.Pool
	limits Limits
	keys   *personal.Keys
}

// New makes an evaluator. The keys make what is shown in place of personal values.
func New(pool *postgres.Pool, limits Limits, keys *personal.Keys) *Evaluator {
	return &Evaluator{pool: pool, limits: limits, keys: keys}
}

// Run evaluates every plan, several tables at a time, and returns one Outcome per
// check of each. report is told how far it has come; it is called from several
// goroutines. The first error stops the rest.
func (e *Evaluator) Run(ctx context.Context, plans []*compile.Plan, report func(*stepv1.Progress)) ([][]Outcome, error) {
	outcomes := make([][]Outcome, len(plans))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(e.limits.TablesAtOnce)
	for i, plan := range plans {
		g.Go(func() error {
			var err error
			outcomes[i], err = e.table(ctx, plan, report)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return outcomes, nil
}
