package publish

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Plan says what Publish would change, and changes nothing. Errors: BATCH_NOT_FOUND,
// BATCH_REJECTED (the batch was discarded), STAGING_LOST, BASE_MOVED, LIVE_TABLE_DIFFERS,
// DEPARTURES_OVER_LIMIT.
func (p *Publisher) Plan(ctx context.Context, req Request) (*ingestv1.PlanResult, error) {
	var result *ingestv1.PlanResult
	// One snapshot for all tables, as Publish has one transaction.
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, p.Pool, opts, func(tx pgx.Tx) (err error) {
		w := &work{Publisher: p, req: req, conn: tx.Conn()}
		if err := w.exec(ctx, statement.Settings); err != nil {
			return err
		}
		result, err = w.plan(ctx)
		return err
	})
	return result, refused(req.Dataset, err)
}

func (w *work) plan(ctx context.Context) (*ingestv1.PlanResult, error) {
	var err error
	if w.batch, err = store.Find(ctx, w.conn, w.req.Batch); err != nil {
		return nil, err
	}
	if w.batch == nil {
		return nil, store.NotFound(w.req.Batch)
	}
	if err := w.belongs(); err != nil {
		return nil, err
	}
	watermark, err := store.Watermark(ctx, w.conn, w.req.Dataset.Name)
	if err != nil {
		return nil, err
	}
	w.watermark = watermark
	result := &ingestv1.PlanResult{Counts: w.batch.GetCounts(), Watermark: watermark, Backfill: w.batch.GetAsOf() < watermark}
	switch {
	case w.batch.GetPublishedAt() != nil:
		return result, nil // what it did stands in its counts
	case w.batch.GetState() == ingestv1.BatchState_BATCH_STATE_DISCARDED, w.batch.GetState() == ingestv1.BatchState_BATCH_STATE_STAGING:
		return nil, w.publishable()
	}
	if err := w.standsOnSame(); err != nil {
		return nil, err
	}
	if w.batch.GetSameAs() != "" {
		for _, c := range result.GetCounts() {
			c.Unchanged = c.GetRows()
		}
		return result, nil
	}
	if err := candidate.Verify(ctx, w.conn, w.batch.GetId(), w.batch.GetTables()); err != nil {
		return nil, err
	}
	if result.GetBackfill() {
		return result, nil
	}
	err = w.compareAll(ctx)
	result.Findings = w.found
	return result, err
}

func (w *work) compareAll(ctx context.Context) error {
	if err := w.inspect(ctx, relation.ByRun); err != nil {
		return err
	}
	if err := w.lookAtBrought(ctx); err != nil {
		return err
	}
	for _, t := range w.tables() {
		if err := w.compare(ctx, t); err != nil {
			return fmt.Errorf("compare %s: %w", t.Live, err)
		}
	}
	if err := w.sayReplaced(ctx); err != nil {
		return err
	}
	if w.batch.GetState() != ingestv1.BatchState_BATCH_STATE_STAGED {
		return nil // Publish refuses it for that, however many rows it lacks
	}
	return w.withinLimits()
}

// compare fills the counts of one table with what Publish would do to it.
func (w *work) compare(ctx context.Context, t staged) error {
	w.report(t.Name, "compare", t.counts.GetRows())
	c := t.counts
	if !w.live[t.Name].Exists {
		c.Inserted = c.GetRows()
		return nil
	}
	live, err := w.count(ctx, t)
	if err != nil {
		return err
	}
	var changed []int64
	stands := statement.Standing{Open: w.live[t.Name].Open(), Lacks: w.live[t.Name].Lacks(t.Table)}
	if err := w.conn.QueryRow(ctx, statement.Compare(t.Table, t.from, stands), pgx.QueryExecModeExec).Scan(&c.Inserted, &c.Updated, &changed); err != nil {
		return err
	}
	c.Unchanged = c.GetRows() - c.GetInserted() - c.GetUpdated()
	if err := w.noteAbsent(ctx, t, live); err != nil {
		return err
	}
	if t.Deletes {
		c.Deleted = w.absences[t.Name].all
	}
	if err := w.warnOfExchanges(ctx, t); err != nil {
		return err
	}
	if err := w.sayReferred(ctx, t, w.absences[t.Name], true); err != nil {
		return err
	}
	for i, name := range t.Others() {
		if changed[i] > 0 {
			c.Columns = append(c.Columns, &stepv1.ColumnCount{Column: name, Updated: changed[i]})
		}
	}
	return nil
}
