package publish

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// settings of a publish: those of its statements, and a bound on the wait for others who
// write to the live tables.
const settings = statement.Settings + "; set local maintenance_work_mem = '256MB'; set local lock_timeout = '30s'"

// Publish publishes a batch in one transaction. already is true where an earlier call
// had done so. Errors: BATCH_NOT_FOUND, BATCH_REJECTED, STAGING_LOST, BASE_MOVED,
// DEPARTURES_OVER_LIMIT, LIVE_TABLE_DIFFERS, FENCE_LOST; live is then as it was.
func (p *Publisher) Publish(ctx context.Context, req Request) (b *ingestv1.Batch, already bool, err error) {
	var w *work
	tell := func(holders string) {
		req.Report(&stepv1.Progress{Phase: "wait for " + holders + ", which holds a lock"})
	}
	err = req.Fence.TxTelling(ctx, p.Pool, tell, func(ctx context.Context, conn *pgx.Conn) error {
		w = &work{Publisher: p, req: req, conn: conn}
		if err := w.exec(ctx, settings); err != nil {
			return err
		}
		already, err = w.publish(ctx)
		b = w.batch
		return err
	})
	if err != nil {
		return nil, false, refused(req.Dataset, p.exchanged(ctx, w, w.keptByOthers(p.needsRoom(ctx, w, err))))
	}
	return b, already, nil
}

// needsRoom says of a publish that filled the disk how much room it needs: what differs
// is written beside what is there, at most all of it.
func (p *Publisher) needsRoom(ctx context.Context, w *work, err error) error {
	if w == nil || w.batch == nil {
		return err
	}
	var from []relation.Relation
	for _, t := range w.tables() {
		from = append(from, t.from)
	}
	return p.Pool.NeedsRoomLike(ctx, err, "publishing "+w.batch.GetId(), from...)
}

func (w *work) publish(ctx context.Context) (already bool, err error) {
	watermark, err := store.LockWatermark(ctx, w.conn, w.req.Dataset.Name)
	if err != nil {
		return false, err
	}
	w.watermark = watermark
	if w.batch, err = store.Lock(ctx, w.conn, w.req.Batch); err != nil {
		return false, err
	}
	if err := w.belongs(); err != nil {
		return false, err
	}
	if w.batch.GetPublishedAt() != nil {
		return true, nil
	}
	if err := w.publishable(); err != nil {
		return false, err
	}
	if err := w.own(ctx); err != nil {
		return false, err
	}
	if err := w.standsOnSame(); err != nil {
		return false, err
	}
	state := ingestv1.BatchState_BATCH_STATE_PUBLISHED
	if w.leavesLive() {
		state = ingestv1.BatchState_BATCH_STATE_BACKFILLED
	}
	if w.batch.GetSameAs() != "" {
		return false, w.unchanged(ctx, state)
	}
	if err := candidate.Verify(ctx, w.conn, w.batch.GetId(), w.batch.GetTables()); err != nil {
		return false, err
	}
	if state == ingestv1.BatchState_BATCH_STATE_PUBLISHED {
		err = w.write(ctx)
	}
	if err != nil {
		return false, err
	}
	return false, w.publishedAs(ctx, state)
}

// own makes the tables that are written into the dataset's, unless they are another one's.
// What is history only takes none.
func (w *work) own(ctx context.Context) error {
	var tables []relation.Relation
	for _, t := range w.tables() {
		tables = append(tables, t.Live)
	}
	if w.leavesLive() {
		return store.Owners.Check(ctx, w.conn, w.req.Dataset.Name, tables)
	}
	return store.Owners.Take(ctx, w.conn, w.req.Dataset.Name, tables)
}

// leavesLive says that the batch is history only: live holds a later as_of or, of a
// rollback, another one or what cannot be had again.
func (w *work) leavesLive() bool {
	if w.batch.GetRollback() != nil {
		return w.batch.GetLiveStays() != "" || w.batch.GetAsOf() != w.watermark
	}
	return w.batch.GetAsOf() < w.watermark // dates as YYYY-MM-DD sort as texts
}

// publishable refuses a batch that was not staged, or not to satisfaction.
func (w *work) publishable() error {
	if w.batch.GetState() == ingestv1.BatchState_BATCH_STATE_STAGED {
		return nil
	}
	how := map[ingestv1.BatchState]string{
		ingestv1.BatchState_BATCH_STATE_REJECTED:  "was rejected at staging; its findings say why",
		ingestv1.BatchState_BATCH_STATE_DISCARDED: "was discarded; start a new run",
		ingestv1.BatchState_BATCH_STATE_STAGING:   "is not staged to its end",
	}[w.batch.GetState()]
	return problem.New(problem.BatchRejected, "batch %s cannot be published: it %s", w.batch.GetId(), how).
		With("batch", w.batch.GetId())
}

// write takes every table into live.
func (w *work) write(ctx context.Context) error {
	if err := w.inspect(ctx); err != nil {
		return err
	}
	if err := w.lock(ctx); err != nil {
		return err
	}
	if err := w.findHands(ctx); err != nil {
		return err
	}
	if err := w.lookAtBrought(ctx); err != nil {
		return err
	}
	for _, t := range w.tables() {
		if err := w.writeTable(ctx, t); err != nil {
			return err
		}
	}
	if err := w.settleDepartures(ctx); err != nil {
		return err
	}
	if err := w.checkWritten(ctx); err != nil {
		return err
	}
	if err := w.sayReplaced(ctx); err != nil {
		return err
	}
	w.batch.Findings = append(w.batch.Findings, w.found...)
	return w.leave(ctx)
}

// unchanged records a batch whose files were published for its as_of already.
func (w *work) unchanged(ctx context.Context, state ingestv1.BatchState) error {
	if err := w.stillSame(ctx); err != nil {
		return err
	}
	for _, c := range w.batch.GetCounts() {
		c.Unchanged = c.GetRows()
	}
	if state == ingestv1.BatchState_BATCH_STATE_PUBLISHED {
		if err := w.stillStands(ctx); err != nil {
			return err
		}
	}
	return w.publishedAs(ctx, state)
}

// stillSame makes sure that the batch whose files these are is still the one last
// published for the as_of; otherwise there is nothing staged to publish.
func (w *work) stillSame(ctx context.Context) error {
	last, err := store.LastPublished(ctx, w.conn, w.batch.GetDataset(), w.batch.GetAsOf())
	if err != nil || last.GetId() == w.batch.GetSameAs() {
		return err
	}
	return problem.New(problem.StagingLost, "%s was published for %s since batch %s was found to be the same as %s",
		last.GetId(), w.batch.GetAsOf(), w.batch.GetId(), w.batch.GetSameAs()).With("batch", w.batch.GetId())
}

// publishedAs records the batch, and moves the watermark unless it is history only.
func (w *work) publishedAs(ctx context.Context, state ingestv1.BatchState) error {
	w.batch.State = state
	if err := store.Published(ctx, w.conn, w.batch); err != nil {
		return err
	}
	if state == ingestv1.BatchState_BATCH_STATE_BACKFILLED {
		return nil
	}
	return store.MoveWatermark(ctx, w.conn, w.batch.GetDataset(), w.batch.GetAsOf(), w.batch.GetId())
}
