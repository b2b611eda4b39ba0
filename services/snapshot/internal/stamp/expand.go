package stamp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Altered is one difference of a snapshot's table that was mended, or would be.
type Altered struct {
	Layout layout.Layout
	relation.Difference
	// Locked is how long the table was locked for it.
	Locked time.Duration
	// Bytes is how large the table is, all of its partitions together.
	Bytes int64
}

// Expand mends of the tables what the remedy is for, each in a fenced transaction of its
// own; lookOnly says what would be done. Rows that are stamped keep their hash: a column
// more is not among those that an as_of was stamped with, and an equal value of a wider
// type has the same text.
func (s *Stamper) Expand(ctx context.Context, o Order, remedy relation.Remedy, lookOnly bool) ([]Altered, error) {
	if err := o.Fence.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	var all []Altered
	for _, l := range o.Layouts {
		f, err := inspect(ctx, s.pool, l, "")
		if err != nil {
			return all, err
		}
		if f != nil && len(relation.Left(differences(l, f), remedy)) > 0 {
			altered, err := s.expandOne(ctx, o, l, remedy, lookOnly)
			if err != nil {
				return all, fmt.Errorf("alter %s: %w", l.Table, err)
			}
			all = append(all, altered...)
		}
		if f == nil || lookOnly || remedy != relation.ByRun {
			continue
		}
		if err := s.showRevisions(ctx, o, l); err != nil {
			return all, err
		}
	}
	return all, nil
}

// showRevisions makes what an older version did not make beside a snapshot's table, and
// brings it up to the table.
func (s *Stamper) showRevisions(ctx context.Context, o Order, l layout.Layout) error {
	stands, err := revisionsStand(ctx, s.pool, l)
	if stands || err != nil {
		return err
	}
	return s.withLocks(ctx, o.Fence, o.Run, nil, func(ctx context.Context, conn *pgx.Conn) error {
		return ensureRevisions(ctx, conn, l)
	})
}

const bytesSQL = `select coalesce(sum(pg_catalog.pg_total_relation_size(relid)), 0)::bigint from pg_catalog.pg_partition_tree($1::text::regclass)`

// expandOne looks again within its transaction: another run may have been faster.
func (s *Stamper) expandOne(ctx context.Context, o Order, l layout.Layout, remedy relation.Remedy, lookOnly bool) (all []Altered, err error) {
	err = s.withLocks(ctx, o.Fence, o.Run, nil, func(ctx context.Context, conn *pgx.Conn) error {
		f, err := inspect(ctx, conn, l, "")
		if err != nil || f == nil {
			return err
		}
		wrong, err := hindered(ctx, conn, l, f, differences(l, f))
		if err != nil {
			return err
		}
		var bytes int64
		if err := conn.QueryRow(ctx, bytesSQL, l.Table.SQL()).Scan(&bytes); err != nil {
			return fmt.Errorf("measure it: %w", err)
		}
		all = nil
		var statements []string
		for _, d := range relation.Left(wrong, remedy) {
			all = append(all, Altered{Layout: l, Difference: d, Bytes: bytes})
			statements = append(statements, d.Mend)
		}
		if lookOnly || len(statements) == 0 {
			return nil
		}
		began := time.Now()
		if err := dropRevisionsView(ctx, conn, l, all); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
			return err
		}
		if err := ensureRevisions(ctx, conn, l); err != nil {
			return err
		}
		for i := range all {
			all[i].Locked = time.Since(began)
		}
		return nil
	})
	return all, err
}
