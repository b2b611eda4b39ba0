package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// fillMemory is for the sorts of one transaction. Less, and a million rows are sorted
// on disk; more, and two fills at once are felt on a small machine.
const fillMemory = "set local work_mem = '64MB'; set local maintenance_work_mem = '128MB'"

// fill prepares the table of one snapshot.
func (s *Stamper) fill(ctx context.Context, o Order, f filling, c Candidate, report Report) (store.Prepared, error) {
	return s.fillBy(ctx, o, f, c, func(ctx context.Context, conn *pgx.Conn) (store.Prepared, error) {
		return fillNew(ctx, conn, o, f, c, report)
	})
}

// fillBy prepares one snapshot by a function, in one transaction: afterwards its tables
// are filled, keyed and recorded, or nothing of them is there.
func (s *Stamper) fillBy(ctx context.Context, o Order, f filling, c Candidate, by func(context.Context, *pgx.Conn) (store.Prepared, error)) (store.Prepared, error) {
	var p store.Prepared
	err := o.Fence.Tx(ctx, s.pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := takeTurn(ctx, conn, o.Fence, f.layout.Snapshot); err != nil {
			return err
		}
		before, err := preparedByName(ctx, conn, o)
		if err != nil {
			return err
		}
		if b, ok := before[f.layout.Snapshot]; ok {
			kept, err := keeps(ctx, conn, o, f, b, c)
			if kept || err != nil {
				p = b
				return err
			}
			if err := forget(ctx, conn, b); err != nil {
				return err
			}
		}
		p, err = by(ctx, conn)
		return err
	})
	return p, s.pool.NeedsRoomLike(ctx, err, "snapshot "+f.layout.Snapshot, c.Relation)
}

// preparedByName returns what is prepared for the batch, by snapshot.
func preparedByName(ctx context.Context, conn *pgx.Conn, o Order) (map[string]store.Prepared, error) {
	all, err := store.PreparedOf(ctx, conn, o.dataset(), o.Batch)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]store.Prepared, len(all))
	for _, p := range all {
		byName[p.Snapshot] = p
	}
	return byName, nil
}

// keeps says whether an earlier attempt filled the tables for the same, so that they can
// stay.
func keeps(ctx context.Context, conn *pgx.Conn, o Order, f filling, p store.Prepared, c Candidate) (bool, error) {
	if p.Unchanged() || !p.Present || p.Candidate != c.Relation || p.Rows != c.Rows || p.Supersedes != f.supersedes || p.Restores != restores(f.target) ||
		(p.Kept != nil) != f.keeps || !p.AsOf.Equal(o.AsOf) || p.DatasetVersion != o.DatasetVersion || !sameBase(p.Base, o.baseOf(f.layout.From)) {
		return false, nil
	}
	var rows int64
	if err := conn.QueryRow(ctx, "select count(*) from "+p.Partition.SQL(), pgx.QueryExecModeExec).Scan(&rows); err != nil {
		return false, fmt.Errorf("count %s: %w", p.Partition, err)
	}
	if p.Kept == nil || rows != p.Restated.Added+p.Restated.Removed+p.Restated.Changed {
		return p.Kept == nil && rows == p.Rows, nil
	}
	return sameRows(ctx, conn, f.layout, f.from, *p.Kept)
}

// sameRows says whether two tables hold the same, by the columns that the first one has.
func sameRows(ctx context.Context, conn *pgx.Conn, l layout.Layout, a, b relation.Relation) (bool, error) {
	columns, err := store.ColumnsOf(ctx, conn, a)
	if err != nil {
		return false, err
	}
	if _, err := conn.Exec(ctx, digest.Settings); err != nil {
		return false, fmt.Errorf("settings of the hash: %w", err)
	}
	then, _ := l.Stamped(columns)
	first, err := digest.Of(ctx, conn, a, then.Columns())
	if err != nil {
		return false, err
	}
	second, err := digest.Of(ctx, conn, b, then.Columns())
	return first == second, err
}

func fillNew(ctx context.Context, conn *pgx.Conn, o Order, f filling, c Candidate, report Report) (store.Prepared, error) {
	l := f.layout
	partition := l.Prepared(o.AsOf, f.supersedes+1, o.Fence.Number)
	report(Progress{Snapshot: l.Snapshot, Phase: "fill", Total: c.Rows})
	if err := copyRows(ctx, conn, o, f, c, partition); err != nil {
		return store.Prepared{}, err
	}
	report(Progress{Snapshot: l.Snapshot, Phase: "add key", Done: c.Rows, Total: c.Rows})
	if _, err := conn.Exec(ctx, addPrimaryKey(l, partition)); err != nil {
		return store.Prepared{}, fmt.Errorf("add the key of %s: %w", partition, err)
	}
	report(Progress{Snapshot: l.Snapshot, Phase: "hash", Done: c.Rows, Total: c.Rows})
	sum, err := digest.Of(ctx, conn, partition, f.filled.Columns())
	if err != nil {
		return store.Prepared{}, err
	}
	if err := again(f.target, sum); err != nil {
		return store.Prepared{}, err
	}
	p := o.prepared(l, c, sum)
	p.Partition, p.Present, p.Supersedes, p.Restores = &partition, true, f.supersedes, restores(f.target)
	if f.supersedes > 0 {
		p.Restated = &store.Restated{
			Snapshot: l.Snapshot, Revision: f.supersedes + 1, Supersedes: f.supersedes, Rows: sum.Rows, Restores: restores(f.target),
			Found: f.found + ", so that nothing could be compared or kept",
		}
	}
	return p, store.AddPrepared(ctx, conn, p)
}

// copyRows makes the table and copies the candidate. The copy sees one state of the
// candidate, so that its count is the candidate's.
func copyRows(ctx context.Context, conn *pgx.Conn, o Order, f filling, c Candidate, partition relation.Relation) error {
	if err := makeAlone(ctx, conn, partition, fillMemory+"; "+digest.Settings+"; "+createPartition(f.layout, partition, o.AsOf)); err != nil {
		return err
	}
	tag, err := conn.Exec(ctx, fillPartition(f.filled, partition, c.Relation, o.AsOf))
	if err != nil {
		return missingIsLost(fmt.Errorf("fill %s from %s: %w", partition, c.Relation, err), c)
	}
	if tag.RowsAffected() != c.Rows {
		return stagingLost(c, fmt.Sprint(tag.RowsAffected()))
	}
	return nil
}

// makeAlone makes a table that rows are to be written into, and sees that nobody has put
// anything on it that changes them, as an event trigger may.
func makeAlone(ctx context.Context, conn *pgx.Conn, made relation.Relation, sql string) error {
	if _, err := conn.Exec(ctx, sql); err != nil {
		return postgres.RefusedMaking(fmt.Errorf("make %s: %w", made, err), problem.SnapshotTableDiffers)
	}
	return postgres.LeftAlone(ctx, conn, made, problem.SnapshotTableDiffers)
}
