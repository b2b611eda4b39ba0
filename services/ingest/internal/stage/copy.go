package stage

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// errBroken rolls a copy back whose file cannot be read to its end.
var errBroken = errors.New("the file cannot be read to its end")

// codeTooWide is program_limit_exceeded: a row is larger than a page, and has no value
// that could be stored beside it; or an entry of an index is too large.
const codeTooWide = "54000"

// roomPerByte is how much a candidate takes of the database's disk for a byte of its
// file, about: PostgreSQL adds some thirty bytes to each row. Candidates are not logged.
const roomPerByte = 2

// settings of a staging transaction. Its commit need not reach the disk by itself: the
// commit that records the batch comes after it in the same log, and takes it along.
const settings = `
set local synchronous_commit = off;
set local work_mem = '64MB';
set local lock_timeout = '10s'`

// copyTable fills the table's candidate in one transaction, and checks its keys there.
// Where the file breaks off there is a finding, and no candidate.
func (w *work) copyTable(ctx context.Context, d *delivery, s *rowStream) error {
	to := w.copiedTo(d.table)
	err := w.req.Fence.Tx(ctx, w.Pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := w.makeCandidate(ctx, conn, d.table, to); err != nil {
			return err
		}
		if err := copyRows(ctx, conn, d, s, to); err != nil {
			return err
		}
		if err := w.judgeKeys(ctx, conn, d, s, to); err != nil {
			return err
		}
		if err := d.leaveOut(ctx, conn, to); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, statement.FinishCandidate(to)); err != nil || !d.table.Incremental {
			return err
		}
		return w.lay(ctx, conn, d, &stepv1.Delta{Relation: to.Proto(), Rows: s.convert.rows})
	})
	if errors.Is(err, errBroken) {
		return nil
	}
	if err != nil {
		return postgres.NeedsRoom(err, "staging "+d.table.File, roomPerByte*d.counts.GetBytes())
	}
	d.strange = s.convert.strange || d.table.Incremental // what it is laid over was not looked at
	if d.table.Incremental {
		return nil // what it was laid over has given it its candidate
	}
	d.counts.Rows = s.convert.rows - d.leftOut
	d.header.Candidate = &stepv1.Candidate{
		Table: d.table.Name, Relation: to.Proto(), Rows: d.counts.GetRows(), Files: []string{d.table.File},
	}
	return nil
}

// copyRows copies the rows of a file, and returns errBroken where it breaks off or is not the
// same file any more, which is then a finding.
func copyRows(ctx context.Context, conn *pgx.Conn, d *delivery, s *rowStream, to relation.Relation) error {
	_, err := conn.PgConn().CopyFrom(ctx, s, statement.Copy(to, s.convert.columns()))
	cause := s.stop()
	d.report()
	if ctx.Err() == nil && (err == nil || cause != nil) && changed(s.file, cause == nil) {
		d.changedMeanwhile(s.file)
		return errBroken
	}
	if cause != nil && ctx.Err() == nil {
		d.broken(cause)
		return errBroken
	}
	if postgres.Code(err) == codeTooWide {
		return problem.Wrap(err, problem.DatasetInvalid, "a row of %s does not fit into PostgreSQL: %v; declare fewer columns, or split the table", d.table.File, err).
			With("table", d.table.Name)
	}
	if err != nil {
		return fmt.Errorf("copy into %s: %w", to, err)
	}
	return nil
}

// copiedTo is the table that a file is copied into: the candidate of a full extract.
func (w *work) copiedTo(t *declared.Table) relation.Relation {
	name := t.Name
	if t.Incremental {
		name += candidate.DeltaOf
	}
	return candidate.Name(w.batch.GetId(), w.req.Fence.Number, name)
}

// makeCandidate makes the empty table that a file is copied into. The same call, sent a
// second time while the first is at work, waits for it.
func (w *work) makeCandidate(ctx context.Context, conn *pgx.Conn, t *declared.Table, to relation.Relation) error {
	if _, err := conn.Exec(ctx, settings); err != nil {
		return fmt.Errorf("set up the transaction: %w", err)
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", to.String()); err != nil {
		return fmt.Errorf("lock %s: %w", to, err)
	}
	if _, err := conn.Exec(ctx, statement.Drop(to)+"; "+statement.CreateCandidate(t, to)); err != nil {
		return postgres.RefusedMaking(fmt.Errorf("create %s: %w", to, err), problem.LiveTableDiffers)
	}
	if err := postgres.LeftAlone(ctx, conn, to, problem.LiveTableDiffers); err != nil {
		return err
	}
	return store.AddRelation(ctx, conn, w.batch.GetId(), to.Name)
}

// judgeKeys finds the keys that no index takes, that repeat and, where any of them is not
// plain, that look alike.
func (w *work) judgeKeys(ctx context.Context, conn *pgx.Conn, d *delivery, s *rowStream, to relation.Relation) error {
	w.req.Report(&stepv1.Progress{Table: d.table.Name, Phase: "check keys", RowsTotal: s.convert.rows})
	if err := d.checkLongKeys(ctx, conn, to); err != nil {
		return err
	}
	if err := d.checkKeys(ctx, conn, to); err != nil || !s.convert.strange {
		return err
	}
	w.req.Report(&stepv1.Progress{Table: d.table.Name, Phase: "compare keys", RowsTotal: s.convert.rows})
	forms := candidate.Name(w.batch.GetId(), w.req.Fence.Number, d.table.Name+candidate.FormsOf)
	return d.checkAlike(ctx, conn, to, forms)
}
