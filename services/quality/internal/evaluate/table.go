package evaluate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
)

const (
	// phase is what progress calls the work.
	phase = "evaluate"
	// workMem is what grouping a column by value may take before it spills to disk:
	// enough for about a million short texts. A service reads few tables at a time.
	workMem = "64MB"
	// rollbackTimeout bounds the end of a transaction whose context has ended.
	rollbackTimeout = 5 * time.Second
	// codeCanceled is the SQLSTATE of a statement over its time limit.
	codeCanceled = "57014"
)

// limitSQL sets what holds for one transaction.
const limitSQL = "select set_config('statement_timeout', $1, true), set_config('work_mem', $2, true)"

// table evaluates the expectations of one table.
func (e *Evaluator) table(ctx context.Context, plan *compile.Plan, report func(*stepv1.Progress)) ([]Outcome, error) {
	candidate := plan.Delivered.GetCandidate()
	if len(plan.Passes) == 0 {
		return withoutRows(plan), nil
	}
	name := plan.Table.GetName()
	report(&stepv1.Progress{Table: name, Phase: phase, RowsTotal: candidate.GetRows()})
	veil := e.keys.Veil(plan.Veiled)
	outcomes, err := e.read(ctx, plan, veil)
	if exception(err) != "" {
		outcomes, err = e.apart(ctx, plan, veil)
	}
	if err == nil {
		err = e.settle(ctx, plan, veil, outcomes)
	}
	if err != nil {
		return nil, e.explain(ctx, plan, err)
	}
	report(&stepv1.Progress{Table: name, Phase: phase, RowsDone: candidate.GetRows(), RowsTotal: candidate.GetRows()})
	return outcomes, nil
}

// withoutRows answers what the header alone can.
func withoutRows(plan *compile.Plan) []Outcome {
	outcomes := make([]Outcome, 0, len(plan.Checks))
	for _, c := range plan.Checks {
		if c.Skipped != "" {
			outcomes = append(outcomes, Outcome{Skipped: c.Skipped})
			continue
		}
		outcomes = append(outcomes, header(plan, c))
	}
	return outcomes
}

// read runs the plan in one transaction that can only read.
func (e *Evaluator) read(ctx context.Context, plan *compile.Plan, veil *personal.Veil) ([]Outcome, error) {
	tx, err := e.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = tx.Rollback(ctx) // nothing was written; a connection that is gone has ended it
	}()
	timeout := strconv.FormatInt(e.limits.StatementTimeout.Milliseconds(), 10)
	if _, err := tx.Exec(ctx, limitSQL, timeout, workMem); err != nil {
		return nil, fmt.Errorf("set the limits: %w", err)
	}
	n, err := count(ctx, tx, plan)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, 0, len(plan.Checks))
	for _, c := range plan.Checks {
		o, err := outcome(ctx, tx, plan, veil, c, n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Kind(), err)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

func outcome(ctx context.Context, tx pgx.Tx, plan *compile.Plan, veil *personal.Veil, c *compile.Check, n counts) (Outcome, error) {
	if c.Skipped != "" {
		return Outcome{Skipped: c.Skipped}, nil
	}
	if c.Kind() == expectation.TableColumnsToMatchSet {
		return header(plan, c), nil
	}
	o := judge(c, n)
	if o.Unexpected == 0 || c.Rows == nil {
		return o, nil
	}
	var err error
	o.Rows, err = rows(ctx, tx, c, veil)
	return o, err
}

// count runs the passes. The first one also tells whether the staging still stands.
func count(ctx context.Context, tx pgx.Tx, plan *compile.Plan) (counts, error) {
	n := make(counts, 0, len(plan.Passes))
	for i, p := range plan.Passes {
		row, err := countPass(ctx, tx, p)
		if err != nil {
			return nil, fmt.Errorf("pass %d: %w", i+1, err)
		}
		n = append(n, row)
		if want := plan.Delivered.GetCandidate().GetRows(); n.rows() != want {
			return nil, lost(plan, fmt.Sprintf("found %d", n.rows()))
		}
	}
	return n, nil
}

// explain gives an error its reason, or says what was being done.
func (e *Evaluator) explain(ctx context.Context, plan *compile.Plan, err error) error {
	var own *problem.Error
	switch {
	case errors.As(err, &own):
		return own
	case postgres.IsUndefinedTable(err):
		return lost(plan, "found no such relation")
	case postgres.Code(err) == codeCanceled && ctx.Err() == nil:
		return problem.Wrap(err, problem.Internal,
			"table %s: a statement took longer than the limit of %s and was ended; raise statement-timeout (SF_STATEMENT_TIMEOUT) of the quality service",
			plan.Table.GetName(), e.limits.StatementTimeout).With("table", plan.Table.GetName())
	}
	return fmt.Errorf("evaluate the expectations of table %s: %w", plan.Table.GetName(), err)
}

func lost(plan *compile.Plan, found string) error {
	c := plan.Delivered.GetCandidate()
	return problem.New(problem.StagingLost,
		"table %s: expected %d staged rows in %s, %s; the batch must be staged again",
		plan.Table.GetName(), c.GetRows(), relation.Of(c.GetRelation()), found).With("table", plan.Table.GetName())
}
