package stage

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/shorten"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/progress"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Restamping says what candidates are made again from.
type Restamping struct {
	// Batch to make; the key under which the call may come again.
	Batch       string
	Run         string
	RequestedBy string
	Fence       fence.Fence
	Dataset     *declared.Dataset
	// Version of the dataset.
	Version string
	// AsOf is the date that is made again, YYYY-MM-DD.
	AsOf string
	// Deliveries are the rows that were delivered of the tables that are made again, Bases
	// what stands before the date by now, Tables the others as they are stamped.
	Deliveries []*stepv1.KeptDelivery
	Bases      []*stepv1.Base
	Tables     []*stepv1.RevisedTable
	Report     progress.Func
}

// Restamp makes the candidates of a batch again from what was delivered before, and returns
// it, STAGED or REJECTED; or, where an earlier call had come further, what that came to.
// Errors: RESTAMP_REFUSED, REVISION_CHANGED, BASE_MOVED, BATCH_REJECTED (the batch was
// discarded), FENCE_LOST.
func (s *Stager) Restamp(ctx context.Context, r Restamping) (*ingestv1.Batch, error) {
	req := Request{
		Batch: r.Batch, Run: r.Run, RequestedBy: r.RequestedBy, Fence: r.Fence, Dataset: r.Dataset, Version: r.Version, AsOf: r.AsOf,
		Bases: r.Bases, Supersede: true, Report: r.Report,
	}
	end, err := s.turns.take(ctx, req.turn())
	if err != nil {
		return nil, err
	}
	defer end()
	if b, err := s.standing(ctx, req); b != nil || err != nil {
		return b, err
	}
	w := &work{Stager: s, req: req, batch: req.batch()}
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	s.sweep(ctx, req)
	err = w.restampAll(ctx, r)
	s.giveBack(ctx, req, err)
	return w.batch, err
}

// restampAll makes every candidate, checks references between them, and records the lot.
func (w *work) restampAll(ctx context.Context, r Restamping) error {
	if err := w.lookUpNames(ctx); err != nil {
		return err
	}
	deliveries, err := w.makeAgain(ctx, r)
	if err != nil {
		return err
	}
	if err := w.checkReferences(ctx, deliveries); err != nil {
		return err
	}
	for _, d := range deliveries {
		w.collect(d)
	}
	if err := w.settle(ctx, deliveries); err != nil {
		return err
	}
	if err := w.takeDelivery(ctx, r.Deliveries[0].GetBatch()); err != nil {
		return err
	}
	return w.conclude(ctx)
}

// conclude judges a batch and records it.
func (w *work) conclude(ctx context.Context) error {
	w.batch.Findings = shorten.Findings(w.batch.GetFindings(), shorten.OfBatch)
	w.batch.State = ingestv1.BatchState_BATCH_STATE_STAGED
	if critical(w.batch.GetFindings()) {
		w.batch.State = ingestv1.BatchState_BATCH_STATE_REJECTED
	}
	return w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		return store.Staged(ctx, conn, w.batch)
	})
}

// makeAgain makes a candidate of every table that can be had, in the dataset's order. One of
// which not every column is stamped is left as it is, and not judged.
func (w *work) makeAgain(ctx context.Context, r Restamping) ([]*delivery, error) {
	var all []*delivery
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, w.Workers))
	for _, t := range w.req.Dataset.Tables {
		kept := slices.IndexFunc(r.Deliveries, func(k *stepv1.KeptDelivery) bool { return k.GetTable() == t.Name })
		stamped := slices.IndexFunc(r.Tables, func(from *stepv1.RevisedTable) bool { return from.GetTable() == t.Name && len(from.GetLacks()) == 0 })
		if kept < 0 && stamped < 0 {
			continue
		}
		d := newDelivery(t, w.veil(t))
		d.names, d.asOf, d.published = w.names[t.Name], w.req.AsOf, w.published
		d.header.HasHeader, d.header.Header = true, t.Names()
		all = append(all, d)
		g.Go(func() (err error) {
			if kept >= 0 {
				err = w.layAgain(gctx, d, r.Deliveries[kept])
			} else {
				d.again = revisionsNamed(r.Tables[stamped])
				d.header.Candidate, err = w.restoreTable(gctx, t, r.Tables[stamped])
				d.counts.Rows = d.header.GetCandidate().GetRows()
			}
			if err != nil {
				return fmt.Errorf("make %s again: %w", t.Name, err)
			}
			return nil
		})
	}
	return all, g.Wait()
}

// layAgain lays the rows that were delivered over what stands before them by now.
func (w *work) layAgain(ctx context.Context, d *delivery, kept *stepv1.KeptDelivery) error {
	d.again = "what " + kept.GetBatch() + " delivered"
	to := candidate.Name(w.batch.GetId(), w.req.Fence.Number, d.table.Name+candidate.DeltaOf)
	w.req.Report(&stepv1.Progress{Table: d.table.Name, Phase: "take what was delivered", RowsTotal: kept.GetRows()})
	err := w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := w.makeCandidate(ctx, conn, d.table, to); err != nil {
			return err
		}
		tag, err := conn.Exec(ctx, statement.FillFromKept(d.table, to, kept))
		if err != nil {
			return notKept(kept, err)
		}
		if tag.RowsAffected() != kept.GetRows() {
			return refuseRestamp(kept, "expected %d rows in %s, found %d", kept.GetRows(), relation.Of(kept.GetRelation()), tag.RowsAffected())
		}
		if _, err := conn.Exec(ctx, statement.FinishCandidate(to)); err != nil {
			return err
		}
		return w.lay(ctx, conn, d, &stepv1.Delta{Relation: to.Proto(), Rows: kept.GetRows()})
	})
	if err == nil {
		if c := d.candidate(); c != nil {
			c.Files[0] = d.again
		}
		return nil
	}
	return w.Pool.NeedsRoomLike(ctx, err, "making "+d.table.Name+" again", relation.Of(kept.GetRelation()))
}

// notKept says of delivered rows that snapshot knows and nobody finds what became of them.
func notKept(kept *stepv1.KeptDelivery, err error) error {
	if code := postgres.Code(err); code == undefinedTable || code == undefinedColumn {
		return refuseRestamp(kept, "%v", err)
	}
	return err
}

func refuseRestamp(kept *stepv1.KeptDelivery, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	return problem.New(problem.RestampRefused, "%s cannot be made again: the rows that were delivered are not as they were kept: %s", kept.GetTable(), why).
		With("table", kept.GetTable()).Violate(kept.GetTable(), "%s", why)
}
