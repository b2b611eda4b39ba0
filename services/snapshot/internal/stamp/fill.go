package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// fillMemory is for the sorts of one transaction. Less, and a million rows are sorted
// on disk; more, and two fills at once are felt on a small machine.
const fillMemory = "set local work_mem = '64MB'; set local maintenance_work_mem = '128MB'"

// fill prepares the table of one snapshot, in one transaction: afterwards the table
// is filled, keyed and recorded, or nothing of it is there.
func (s *Stamper) fill(ctx context.Context, o Order, f filling, c Candidate, report Report) (store.Prepared, error) {
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
			kept, err := keeps(ctx, conn, o, b, c)
			if kept || err != nil {
				p = b
				return err
			}
			if err := forget(ctx, conn, b); err != nil {
				return err
			}
		}
		p, err = fillNew(ctx, conn, o, f, c, report)
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

// keeps says whether an earlier attempt filled the table from the same candidate, so
// that it can stay.
func keeps(ctx context.Context, conn *pgx.Conn, o Order, p store.Prepared, c Candidate) (bool, error) {
	if p.Unchanged() || !p.Present || p.Candidate != c.Relation || p.Rows != c.Rows ||
		!p.AsOf.Equal(o.AsOf) || p.DatasetVersion != o.DatasetVersion {
		return false, nil
	}
	var rows int64
	if err := conn.QueryRow(ctx, "select count(*) from "+p.Partition.SQL(), pgx.QueryExecModeExec).Scan(&rows); err != nil {
		return false, fmt.Errorf("count %s: %w", p.Partition, err)
	}
	return rows == p.Rows, nil
}

func fillNew(ctx context.Context, conn *pgx.Conn, o Order, f filling, c Candidate, report Report) (store.Prepared, error) {
	l := f.layout
	partition := l.Prepared(o.AsOf, firstRevision, o.Fence.Number)
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
	p := o.prepared(l, c, sum)
	p.Partition, p.Present = &partition, true
	return p, store.AddPrepared(ctx, conn, p)
}

// copyRows makes the table and copies the candidate. The copy sees one state of the
// candidate, so that its count is the candidate's.
func copyRows(ctx context.Context, conn *pgx.Conn, o Order, f filling, c Candidate, partition relation.Relation) error {
	if _, err := conn.Exec(ctx, fillMemory+"; "+digest.Settings+"; "+createPartition(f.layout, partition, o.AsOf)); err != nil {
		return fmt.Errorf("make %s: %w", partition, err)
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
