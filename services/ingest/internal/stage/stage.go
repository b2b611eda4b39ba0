package stage

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/dataset/manifest"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
	"github.com/streamflow/streamflow/services/ingest/internal/store"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
)

// Stager stages deliveries.
type Stager struct {
	Pool  *postgres.Pool
	Roots source.Roots
	// Workers is how many tables are staged at once.
	Workers int
	// KeepFailed is how many batches of a dataset that were never published keep their
	// staging, for people to look into; the newest do.
	KeepFailed int
	// StuckAfter is how long one call of a source's file system may take.
	StuckAfter time.Duration
	// OpenSchema says how the schema of a name is opened to the service.
	OpenSchema func(schema string) string
	Log        *slog.Logger
	// Keys make what is shown in place of personal values.
	Keys *personal.Keys

	turns turns
}

// Stage stages a delivery, and returns its batch: STAGED, REJECTED, or, where an
// earlier call had come further, what that came to. Errors: LIVE_TABLE_NOT_ADOPTED,
// SOURCE_NOT_ALLOWED, SOURCE_NOT_FOUND, AS_OF_MISMATCH, BATCH_REJECTED (the batch was discarded), FENCE_LOST,
// SOURCE_STUCK.
func (s *Stager) Stage(ctx context.Context, req Request) (*ingestv1.Batch, error) {
	end, err := s.turns.take(ctx, req.turn())
	if err != nil {
		return nil, err
	}
	defer end()
	var w source.Watch
	return attend(ctx, &w, s.StuckAfter, func(ctx context.Context) (*ingestv1.Batch, error) {
		report := req.Report
		req.Report = func(p *stepv1.Progress) {
			if ctx.Err() == nil { // otherwise nobody may be there any more
				report(p)
			}
		}
		return s.stage(ctx, req, &w)
	})
}

func (s *Stager) stage(ctx context.Context, req Request, watch *source.Watch) (*ingestv1.Batch, error) {
	if b, err := s.standing(ctx, req); b != nil || err != nil {
		return b, err
	}
	if err := live.Adopted(ctx, s.Pool, req.Dataset.InPublishOrder(), s.OpenSchema); err != nil {
		return nil, err
	}
	folder, err := s.Roots.Watched(req.Source, watch)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	w := &work{Stager: s, req: req, folder: folder, batch: req.batch()}
	w.lookAround()
	if err := w.readManifest(); err != nil {
		return nil, err
	}
	w.lookForFiles()
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	s.sweep(ctx, req)
	if done, err := w.sameAsPublished(ctx); done || err != nil {
		return w.batch, err
	}
	err = w.stageAll(ctx)
	s.giveBack(ctx, req, err)
	return w.batch, err
}

// work is the staging of one delivery.
type work struct {
	*Stager
	req      Request
	folder   *source.Folder
	contents contents
	manifest *manifest.Manifest
	batch    *ingestv1.Batch
	// names are those of the columns, by table; published is the newest as_of that was
	// published before.
	names     map[string]called.Names
	published string
}

// lookUpNames reads what columns were called before.
func (w *work) lookUpNames(ctx context.Context) (err error) {
	if w.published, err = store.Watermark(ctx, w.Pool, w.req.Dataset.Name); err != nil {
		return err
	}
	w.names, err = called.Of(ctx, w.Pool, w.req.Dataset.Tables)
	return err
}

// begin records the batch, before anything is made for it.
func (w *work) begin(ctx context.Context) error {
	return w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		return store.Begin(ctx, conn, w.batch)
	})
}

// stageAll stages every table, checks references between them, and records the lot.
func (w *work) stageAll(ctx context.Context) error {
	if err := w.lookUpNames(ctx); err != nil {
		return err
	}
	tables := w.req.Dataset.Tables
	deliveries := make([]*delivery, len(tables))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, w.Workers))
	for i, t := range tables {
		g.Go(func() (err error) {
			deliveries[i], err = w.stageTable(gctx, t)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := w.dropErased(ctx, deliveries); err != nil {
		return err
	}
	if err := w.checkReferences(ctx, deliveries); err != nil {
		return err
	}
	if err := w.sayAltered(ctx, deliveries); err != nil {
		return err
	}
	if err := w.sayLeftAltered(ctx); err != nil {
		return err
	}
	if err := w.checkDepartures(ctx, deliveries); err != nil {
		return err
	}
	if err := w.sayErasedAgain(ctx, deliveries); err != nil {
		return err
	}
	if err := w.sayNotWithdrawn(ctx, deliveries); err != nil {
		return err
	}
	if err := w.warnOfLostColumns(ctx, deliveries); err != nil {
		return err
	}
	for _, d := range deliveries {
		w.collect(d)
	}
	if err := w.settle(ctx, deliveries); err != nil {
		return err
	}
	return w.finish(ctx)
}

// collect takes what one table came to into the batch.
func (w *work) collect(d *delivery) {
	if d.file != nil {
		w.batch.Files = append(w.batch.Files, d.file)
	}
	w.batch.Tables = append(w.batch.Tables, d.header)
	w.batch.Counts = append(w.batch.Counts, d.counts)
	if d.overlay != nil {
		w.batch.Overlays = append(w.batch.Overlays, d.overlay)
	}
	w.batch.Findings = append(w.batch.Findings, d.findings...)
}

// finish judges the batch of a delivery, of which some may be accepted, and records it.
func (w *work) finish(ctx context.Context) error {
	if err := w.markStale(ctx); err != nil {
		return err
	}
	w.accept()
	return w.conclude(ctx)
}
