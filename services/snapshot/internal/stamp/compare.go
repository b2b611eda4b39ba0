package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// compare hashes the candidates of the snapshots that are stamped for this as_of, by the
// columns that it was stamped with. It records those whose content is the same as unchanged, and returns SNAPSHOT_DIFFERS,
// with every difference, where one is not.
func (s *Stamper) compare(ctx context.Context, o Order, stamped map[string]store.Entry, candidates map[string]Candidate, report Report) ([]store.Prepared, error) {
	var layouts []layout.Layout
	var others []differing
	for _, l := range o.Layouts {
		e, ok := stamped[l.Snapshot]
		if !ok {
			continue
		}
		then, gone := l.Stamped(e.Columns)
		if len(gone) > 0 {
			others = append(others, differing{l, e, store.Prepared{}})
			continue
		}
		layouts = append(layouts, then)
	}
	delivered, err := s.hashAll(ctx, layouts, candidates, report)
	if err != nil {
		return nil, err
	}
	unchanged := make([]store.Prepared, len(layouts))
	for i, l := range layouts {
		unchanged[i] = o.prepared(l, candidates[l.From], delivered[i])
		if e := stamped[l.Snapshot]; delivered[i].Hash != e.ContentHash {
			others = append(others, differing{l, e, unchanged[i]})
		}
	}
	if len(others) > 0 {
		return nil, snapshotsDiffer(ctx, s.pool, o, others)
	}
	if len(unchanged) == 0 {
		return nil, nil
	}
	return unchanged, s.recordUnchanged(ctx, o, unchanged)
}

func (s *Stamper) hashAll(ctx context.Context, layouts []layout.Layout, candidates map[string]Candidate, report Report) ([]digest.Sum, error) {
	sums := make([]digest.Sum, len(layouts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Parallel)
	for i, l := range layouts {
		g.Go(func() (err error) {
			c := candidates[l.From]
			report(Progress{Snapshot: l.Snapshot, Phase: "hash", Total: c.Rows})
			sums[i], err = s.hashCandidate(ctx, l, c)
			return err
		})
	}
	return sums, g.Wait()
}

// hashCandidate counts and hashes in one statement, which sees one state.
func (s *Stamper) hashCandidate(ctx context.Context, l layout.Layout, c Candidate) (digest.Sum, error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return digest.Sum{}, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	if _, err := tx.Exec(ctx, digest.Settings); err != nil {
		return digest.Sum{}, fmt.Errorf("settings of the hash: %w", err)
	}
	sum, err := digest.Of(ctx, tx.Conn(), c.Relation, l.Columns())
	if err != nil {
		return digest.Sum{}, missingIsLost(err, c)
	}
	if sum.Rows != c.Rows {
		return digest.Sum{}, stagingLost(c, fmt.Sprint(sum.Rows))
	}
	return sum, nil
}

// recordUnchanged lets Stamp know what was compared.
func (s *Stamper) recordUnchanged(ctx context.Context, o Order, unchanged []store.Prepared) error {
	return s.withLocks(ctx, o.Fence, o.Batch, func(ctx context.Context, conn *pgx.Conn) error {
		before, err := preparedByName(ctx, conn, o)
		if err != nil {
			return err
		}
		for _, p := range unchanged {
			if b, ok := before[p.Snapshot]; ok {
				if err := forget(ctx, conn, b); err != nil {
					return err
				}
			}
			if err := store.AddPrepared(ctx, conn, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// prepared describes a snapshot that no table was filled for.
func (o Order) prepared(l layout.Layout, c Candidate, sum digest.Sum) store.Prepared {
	return store.Prepared{
		Dataset: o.dataset(), Batch: o.Batch, Snapshot: l.Snapshot, AsOf: o.AsOf, DatasetVersion: o.DatasetVersion,
		Candidate: c.Relation, Rows: sum.Rows, ContentHash: sum.Hash,
	}
}
