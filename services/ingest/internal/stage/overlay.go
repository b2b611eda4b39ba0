package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// lay makes the candidate of an incremental extract: the delivered rows over the base,
// without those that are deleted. Where there is no base there is a finding, and no
// candidate.
func (w *work) lay(ctx context.Context, conn *pgx.Conn, d *delivery, delta *stepv1.Delta) error {
	base := w.baseOf(d)
	if base == nil {
		return nil
	}
	to := candidate.Name(w.batch.GetId(), w.req.Fence.Number, d.table.Name)
	w.req.Report(&stepv1.Progress{Table: d.table.Name, Phase: "lay over " + base.GetAsOf(), RowsTotal: base.GetRows() + delta.GetRows()})
	if err := w.makeCandidate(ctx, conn, d.table, to); err != nil {
		return err
	}
	o := overlayOf(d, base, relation.Of(delta.GetRelation()), to)
	told := &ingestv1.Overlay{Base: base, Delivered: delta.GetRows()}
	args := deleting(d, base)
	err := conn.QueryRow(ctx, o.Count(), args...).Scan(&told.Added, &told.Replaced, &told.Deleted, &told.DeletedUnknown)
	if err != nil {
		return unlike(base, fmt.Errorf("compare %s with %s: %w", o.Delta, o.Base, err))
	}
	tag, err := conn.Exec(ctx, o.Fill(), args...)
	if err != nil {
		return unlike(base, fmt.Errorf("lay %s over %s: %w", o.Delta, o.Base, err))
	}
	if err := heldItsRows(base, told, tag.RowsAffected()); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, statement.FinishCandidate(to)); err != nil {
		return err
	}
	d.overlay, d.counts.Rows = told, tag.RowsAffected()
	d.header.Candidate = &stepv1.Candidate{
		Table: d.table.Name, Relation: to.Proto(), Rows: d.counts.GetRows(), Delta: delta, Files: []string{d.table.File, named(base)},
	}
	d.noteUnknownDeletes()
	return nil
}

// overlayOf is how the delivery is laid over its base.
func overlayOf(d *delivery, base *stepv1.Base, delta, to relation.Relation) statement.Overlay {
	o := statement.Overlay{Table: d.table, Delta: delta, Candidate: to, Base: relation.Of(base.GetRelation()), StandsAs: map[string]string{}}
	for _, c := range base.GetColumns() {
		o.StandsAs[c.GetName()] = c.GetStandsAs()
	}
	return o
}

// deleting are the arguments of the statements that lay a delivery over its base.
func deleting(d *delivery, base *stepv1.Base) []any {
	args := []any{pgx.QueryExecModeExec, base.GetAsOf()}
	if d.table.Deleted != nil {
		args = append(args, d.table.Deleted.Value)
	}
	return args
}

// named says of which state the rows are that a delivery left as they were. It stands among
// the files of a candidate.
func named(base *stepv1.Base) string { return base.GetSnapshot() + " as of " + base.GetAsOf() }
