package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Discard drops what is prepared for a batch of the fence's dataset. What is stamped
// stays, and a batch of which nothing is prepared is no error.
func (s *Stamper) Discard(ctx context.Context, f fence.Fence, batch string) error {
	if err := f.Check(ctx, s.pool); err != nil {
		return err
	}
	return s.withLocks(ctx, f, batch, nil, func(ctx context.Context, conn *pgx.Conn) error {
		own, err := store.PreparedOf(ctx, conn, f.Dataset, batch)
		if err != nil {
			return err
		}
		return forget(ctx, conn, own...)
	})
}

// DiscardAll drops what is prepared for all batches of the fence's dataset: an erase has no
// batch, and what nobody will stamp may hold the rows.
func (s *Stamper) DiscardAll(ctx context.Context, f fence.Fence, run string) error {
	return s.sweep(ctx, Order{Fence: f, Run: run})
}

// sweep drops what is prepared for the dataset's other batches. A dataset has one run
// at a time, so nobody will stamp it any more.
func (s *Stamper) sweep(ctx context.Context, o Order) error {
	others, err := store.PreparedByOthers(ctx, s.pool, o.dataset(), o.Batch)
	if err != nil || len(others) == 0 {
		return err
	}
	return s.withLocks(ctx, o.Fence, o.Batch, nil, func(ctx context.Context, conn *pgx.Conn) error {
		others, err := store.PreparedByOthers(ctx, conn, o.dataset(), o.Batch)
		if err != nil {
			return err
		}
		return forget(ctx, conn, others...)
	})
}

// forget drops prepared tables and their records, together.
func forget(ctx context.Context, conn *pgx.Conn, prepared ...store.Prepared) error {
	for _, p := range prepared {
		for _, r := range p.Tables() {
			if _, err := conn.Exec(ctx, dropTable(r)); err != nil {
				return fmt.Errorf("drop %s: %w", r, err)
			}
		}
		if err := store.RemovePrepared(ctx, conn, p); err != nil {
			return err
		}
	}
	return nil
}
