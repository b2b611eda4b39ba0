package publish

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// writeTable takes one candidate into its live table.
func (w *work) writeTable(ctx context.Context, t staged) error {
	var err error
	if w.live[t.Name].Exists {
		err = w.update(ctx, t)
	} else {
		err = w.create(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", t.Live, err)
	}
	return nil
}

// create makes the live table, filled before it gets its key and references. Nobody
// sees it until all of it stands.
func (w *work) create(ctx context.Context, t staged) error {
	w.report(t.Name, "insert", t.counts.GetRows())
	if err := w.exec(ctx, statement.CreateLive(t.Table)); err != nil {
		return postgres.RefusedMaking(err, problem.LiveTableDiffers)
	}
	if err := called.Made(ctx, w.conn, t.Table); err != nil {
		return err
	}
	tag, err := w.conn.Exec(ctx, statement.FillLive(t.Table, t.from))
	if err != nil {
		return err
	}
	t.counts.Inserted = tag.RowsAffected()
	if err := w.beginWhole(ctx, t); err != nil {
		return err
	}
	w.report(t.Name, "build key", t.counts.GetRows())
	if err := w.exec(ctx, statement.AddKey(t.Table)); err != nil {
		return err
	}
	for _, r := range t.References {
		if !r.Parent.CollectedAs(w.batch.GetAsOf()) {
			continue // there is no such table yet
		}
		if err := w.exec(ctx, statement.AddReference(t.Table, r)); err != nil {
			return err
		}
		if sql := statement.IndexReference(t.Table, r); sql != "" {
			if err := w.exec(ctx, sql); err != nil {
				return err
			}
		}
	}
	return w.exec(ctx, statement.GrantLive(t.Table))
}

// update writes what differs into a live table that stands.
func (w *work) update(ctx context.Context, t staged) error {
	w.report(t.Name, "update", t.counts.GetRows())
	before, err := w.count(ctx, t)
	if err != nil {
		return err
	}
	if err := w.beginListing(ctx, t); err != nil {
		return err
	}
	c := t.counts
	sql, args := statement.Apply(t.Table, t.from), []any{pgx.QueryExecModeExec}
	if w.brought[t.Name].Extent == store.Listed {
		sql, args = statement.ApplyListing(t.Table, t.from), append(args, w.req.Dataset.Name, t.Name, w.batch.GetId())
	}
	var differ int64
	if err := w.conn.QueryRow(ctx, sql, args...).Scan(&c.Updated, &c.Inserted, &differ); err != nil {
		return err
	}
	if written := c.GetUpdated() + c.GetInserted(); written != differ {
		return w.interfered(t, "written", differ, written)
	}
	c.Unchanged = c.GetRows() - c.GetInserted() - c.GetUpdated()
	return w.noteAbsent(ctx, t, before)
}

// noteAbsent judges the live rows, so many with a key, that had no row in the candidate.
func (w *work) noteAbsent(ctx context.Context, t staged, live int64) (err error) {
	t.counts.Departed = unmet(live, t.counts.GetRows(), t.counts.GetInserted())
	if err := w.sound(t); err != nil {
		return err
	}
	w.absences[t.Name], err = w.absent(ctx, t)
	return err
}

// unmet counts the live rows that had no row in the candidate: keys are unique on both
// sides, so every candidate row that is not new has met exactly one.
func unmet(live, rows, inserted int64) int64 { return live - (rows - inserted) }

// count counts the live rows, and those of them that have a key: under a unique index,
// NULL may stand in one.
func (w *work) count(ctx context.Context, t staged) (keyed int64, err error) {
	err = w.conn.QueryRow(ctx, statement.CountLive(t.Table, w.live[t.Name].Open()), pgx.QueryExecModeExec).Scan(&w.live[t.Name].Rows, &keyed)
	return keyed, err
}
