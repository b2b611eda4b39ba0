package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/progress"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Restoring says which revisions candidates are made from.
type Restoring struct {
	// Batch to make; the key under which the call may come again.
	Batch       string
	Run         string
	RequestedBy string
	Fence       fence.Fence
	Dataset     *declared.Dataset
	// Version of the dataset.
	Version string
	// AsOf is the date that is rolled back, YYYY-MM-DD.
	AsOf   string
	Target *stepv1.RollbackTarget
	// Tables are those of which revisions hold rows, Keep the snapshots that were first
	// stamped later.
	Tables []*stepv1.RevisedTable
	Keep   []string
	// Accepted is what somebody accepts for this run, of what guards find.
	Accepted []*stepv1.Acceptance
	Report   progress.Func
}

// Restore makes the candidates of a batch from revisions, and returns it, STAGED; or REJECTED,
// where a guard found something; or, where an earlier call had come further, what that came to. Errors: REVISION_CHANGED,
// BATCH_REJECTED (the batch was discarded), FENCE_LOST.
func (s *Stager) Restore(ctx context.Context, r Restoring) (*ingestv1.Batch, error) {
	req := Request{
		Batch: r.Batch, Run: r.Run, RequestedBy: r.RequestedBy, Fence: r.Fence, Dataset: r.Dataset, Version: r.Version, AsOf: r.AsOf, Report: r.Report,
		Accepted: r.Accepted,
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
	w.batch.Rollback = r.Target
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	s.sweep(ctx, req)
	err = w.restoredAndRecorded(ctx, r)
	s.giveBack(ctx, req, err)
	return w.batch, err
}

// restoredAndRecorded makes the candidates, where the deliveries of the date agree, and
// records the batch.
func (w *work) restoredAndRecorded(ctx context.Context, r Restoring) error {
	if w.batch.State = ingestv1.BatchState_BATCH_STATE_STAGED; w.mixes(r) {
		w.batch.State = ingestv1.BatchState_BATCH_STATE_REJECTED
	} else if err := w.restored(ctx, r); err != nil {
		return err
	}
	return w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		return store.Staged(ctx, conn, w.batch)
	})
}

// restored gives the batch its candidates, and the files whose content they are.
func (w *work) restored(ctx context.Context, r Restoring) error {
	if err := w.restoreAll(ctx, r.Tables); err != nil {
		return err
	}
	w.sayAlone(r)
	return w.takeFiles(ctx)
}

// restoreAll makes a candidate of every table that revisions hold, in the dataset's order.
func (w *work) restoreAll(ctx context.Context, tables []*stepv1.RevisedTable) error {
	byName := map[string]*stepv1.RevisedTable{}
	for _, t := range tables {
		byName[t.GetTable()] = t
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, w.Workers))
	for _, t := range w.req.Dataset.Tables {
		from := byName[t.Name]
		if from == nil {
			continue
		}
		header, counts := &stepv1.DeliveredTable{Table: t.Name, HasHeader: true}, &stepv1.TableCounts{Table: t.Name}
		w.batch.Tables, w.batch.Counts = append(w.batch.Tables, header), append(w.batch.Counts, counts)
		g.Go(func() (err error) {
			if header.Candidate, err = w.restoreTable(gctx, t, from); err != nil {
				return fmt.Errorf("restore %s: %w", t.Name, err)
			}
			header.Header, counts.Rows = carried(t, from), header.GetCandidate().GetRows()
			return nil
		})
	}
	return g.Wait()
}

// carried are the columns of a table that revisions carry, in the declared order.
func carried(t *declared.Table, from *stepv1.RevisedTable) []string {
	var names []string
	for _, c := range t.Columns {
		if statement.RevisionOf(from, c.Name) != "" {
			names = append(names, c.Name)
		}
	}
	return names
}

// restoreTable fills one candidate, in one transaction. What a revision does not carry is
// NULL.
func (w *work) restoreTable(ctx context.Context, t *declared.Table, from *stepv1.RevisedTable) (*stepv1.Candidate, error) {
	to := candidate.Name(w.batch.GetId(), w.req.Fence.Number, t.Name)
	rows := from.GetParts()[0].GetRows()
	w.req.Report(&stepv1.Progress{Table: t.Name, Phase: "restore", RowsTotal: rows})
	err := w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := w.makeCandidate(ctx, conn, t, to); err != nil {
			return err
		}
		tag, err := conn.Exec(ctx, statement.FillFromRevisions(t, to, from))
		if err != nil {
			return gone(from, err)
		}
		if err := whole(from, tag.RowsAffected()); err != nil {
			return err
		}
		_, err = conn.Exec(ctx, statement.FinishCandidate(to))
		return err
	})
	if err != nil {
		return nil, w.Pool.NeedsRoomLike(ctx, err, "restoring "+t.Name, relation.Of(from.GetParts()[0].GetRelation()))
	}
	return &stepv1.Candidate{Table: t.Name, Relation: to.Proto(), Rows: rows, Files: []string{revisionsNamed(from)}}, nil
}

// revisionsNamed stands in the place of a file's name: where the rows came from.
func revisionsNamed(from *stepv1.RevisedTable) string {
	name := ""
	for i, p := range from.GetParts() {
		if i > 0 {
			name += ", "
		}
		name += fmt.Sprintf("%s revision %d", p.GetSnapshot(), p.GetRevision())
	}
	return name
}

// whole refuses revisions that do not all hold the same rows.
func whole(from *stepv1.RevisedTable, found int64) error {
	for _, p := range from.GetParts() {
		if p.GetRows() != found {
			return problem.New(problem.RevisionChanged, "revision %d of %s has %d rows, found %d of table %s in %s",
				p.GetRevision(), p.GetSnapshot(), p.GetRows(), found, from.GetTable(), revisionsNamed(from)).
				Violate(p.GetSnapshot(), "expected %d rows, found %d", p.GetRows(), found)
		}
	}
	return nil
}

// The codes of PostgreSQL of a table and a column that are not there.
const (
	undefinedTable  = "42P01"
	undefinedColumn = "42703"
)

// gone says of rows that snapshot knows and nobody finds what became of the revision.
func gone(from *stepv1.RevisedTable, err error) error {
	if code := postgres.Code(err); code == undefinedTable || code == undefinedColumn {
		return problem.Wrap(err, problem.RevisionChanged, "%s: %v", revisionsNamed(from), err)
	}
	return err
}
