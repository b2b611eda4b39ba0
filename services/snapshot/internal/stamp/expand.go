package stamp

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/grow"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Expand mends of the tables what the remedy is for, each in a fenced transaction of its
// own; lookOnly says what would be done. Rows that are stamped keep their hash: a column
// more is not among those that an as_of was stamped with, another name is none of its
// content, and an equal value of a wider type has the same text. A migration returns
// SNAPSHOT_TABLE_DIFFERS where a person has to mend anything first.
func (s *Stamper) Expand(ctx context.Context, o Order, remedy relation.Remedy, lookOnly bool) ([]grow.Altered, error) {
	if err := o.Fence.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	if err := store.Owners.Check(ctx, s.pool, o.dataset(), o.tables()); err != nil {
		return nil, err
	}
	tables := make([]grow.Table, len(o.Layouts))
	for i, l := range o.Layouts {
		tables[i] = growing(o, l)
	}
	grower := grow.Grower{
		Remedy: remedy, LookOnly: lookOnly, Reason: problem.SnapshotTableDiffers,
		Tx: func(ctx context.Context, _ relation.Relation, fn func(context.Context, *pgx.Conn) error) error {
			return s.withLocks(ctx, o.Fence, o.Run, nil, fn)
		},
	}
	altered, err := grower.Grow(ctx, s.pool, tables)
	if err != nil || lookOnly {
		return altered, err
	}
	if err := s.settle(ctx, o); err != nil || remedy != relation.ByRun {
		return altered, err
	}
	for _, l := range o.Layouts {
		if err := s.showViews(ctx, o, l); err != nil {
			return altered, err
		}
	}
	return altered, nil
}

// growing is a snapshot's table, with what stands beside it.
func growing(o Order, l layout.Layout) grow.Table {
	return grow.Table{
		Name: l.Snapshot, Relation: l.Table,
		Look: func(ctx context.Context, q postgres.Querier) ([]relation.Difference, error) {
			return lookFor(ctx, q, l)
		},
		Before: func(ctx context.Context, conn *pgx.Conn, mended []relation.Difference) error {
			return dropViews(ctx, conn, l, mended)
		},
		After: func(ctx context.Context, conn *pgx.Conn, mended []relation.Difference) error {
			if err := carriedOutWith(ctx, conn, o.dataset(), l, grow.Renames(mended)); err != nil {
				return err
			}
			return ensureViews(ctx, conn, o.dataset(), l)
		},
	}
}

// showViews makes what an older version, or a version of the dataset, did not make beside a
// snapshot's table, and brings it up to the table.
func (s *Stamper) showViews(ctx context.Context, o Order, l layout.Layout) error {
	stands, err := revisionsStand(ctx, s.pool, l)
	if err == nil && stands {
		stands, err = readsStand(ctx, s.pool, o.dataset(), l)
	}
	if stands || err != nil {
		return err
	}
	return s.withLocks(ctx, o.Fence, o.Run, nil, func(ctx context.Context, conn *pgx.Conn) error {
		return ensureViews(ctx, conn, o.dataset(), l)
	})
}

// ensureViews makes what stands beside a snapshot's table, or brings it up to it.
func ensureViews(ctx context.Context, conn *pgx.Conn, dataset string, l layout.Layout) error {
	if err := ensureRevisions(ctx, conn, l); err != nil {
		return err
	}
	return ensureReads(ctx, conn, dataset, l)
}

// lookFor returns how a table differs; nothing where there is none.
func lookFor(ctx context.Context, q postgres.Querier, l layout.Layout) ([]relation.Difference, error) {
	layouts, err := called.Of(ctx, q, []layout.Layout{l})
	if err != nil {
		return nil, err
	}
	f, err := inspect(ctx, q, layouts[0], "")
	if err != nil || f == nil {
		return nil, err
	}
	return hindered(ctx, q, layouts[0], f, differences(layouts[0], f))
}
