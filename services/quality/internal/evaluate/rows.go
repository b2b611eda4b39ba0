package evaluate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
)

// once is how statements are run that name a batch's own relation: described, so
// that parameters and answers have their types, but not kept prepared, since no
// other batch will ever run them.
const once = pgx.QueryExecModeDescribeExec

func query(ctx context.Context, tx pgx.Tx, q compile.Query) (pgx.Rows, error) {
	return tx.Query(ctx, q.SQL, append([]any{once}, q.Args...)...)
}

// countPass runs a pass and returns its counts.
func countPass(ctx context.Context, tx pgx.Tx, p compile.Pass) ([]int64, error) {
	found, err := query(ctx, tx, p.Query)
	if err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	n := make([]int64, p.Counts)
	into := make([]any, p.Counts)
	for i := range n {
		into[i] = &n[i]
	}
	if _, err := pgx.CollectExactlyOneRow(found, func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, row.Scan(into...)
	}); err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	return n, nil
}

// rows fetches the first rows that break a rule.
func rows(ctx context.Context, tx pgx.Tx, c *compile.Check, veil *personal.Veil) ([]Row, error) {
	found, err := query(ctx, tx, *c.Rows)
	if err != nil {
		return nil, fmt.Errorf("fetch the unexpected rows: %w", err)
	}
	list, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (Row, error) {
		r, err := scanRow(row)
		if r.Value != nil && veil.Hides(c.Args.Column) {
			value := veil.Value(c.Args.Column, *r.Value)
			r.Value = &value
		}
		r.Key = veil.Key(r.Key)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("fetch the unexpected rows: %w", err)
	}
	return list, nil
}

func scanRow(row pgx.CollectableRow) (Row, error) {
	var r Row
	var file int16
	var key []*string
	if err := row.Scan(&file, &r.Line, &r.Value, &key); err != nil {
		return Row{}, err
	}
	r.File, r.Value = int(file), cut(r.Value)
	for _, part := range key {
		if part == nil {
			r.Key = append(r.Key, "")
			continue
		}
		r.Key = append(r.Key, *cut(part))
	}
	return r, nil
}

// settle hides what stands for values of columns that have few of them.
func (e *Evaluator) settle(ctx context.Context, plan *compile.Plan, veil *personal.Veil, outcomes []Outcome) error {
	settled, err := veil.Settle(ctx, e.pool, relation.Of(plan.Delivered.GetCandidate().GetRelation()))
	if err != nil || !veil.Any() {
		return err
	}
	for _, o := range outcomes {
		for i, r := range o.Rows {
			told := &stepv1.RowLocation{Key: r.Key}
			if r.Value != nil {
				told.Value = *r.Value
			}
			settled.Message(told)
			if r.Value != nil {
				o.Rows[i].Value = &told.Value
			}
			o.Rows[i].Key, o.Rows[i].Sealed = told.GetKey(), told.GetSealed()
		}
	}
	return nil
}

// more stands for the rest of a value that was cut.
const more = "…"

// cut keeps as much of a value as is shown, and marks it where there is more.
func cut(value *string) *string {
	if value == nil {
		return nil
	}
	runes := []rune(*value)
	if len(runes) <= compile.ValueLimit {
		return value
	}
	kept := string(runes[:compile.ValueLimit]) + more
	return &kept
}
