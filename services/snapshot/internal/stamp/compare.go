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
// columns that it was stamped with. It returns those whose content is the same, and those
// that are superseded; where the order does not supersede, SNAPSHOT_DIFFERS with every
// difference.
func (s *Stamper) compare(ctx context.Context, o Order, stamped map[string]store.Entry, candidates map[string]Candidate, report Report) ([]store.Prepared, []restating, error) {
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
		return nil, nil, err
	}
	var same []store.Prepared
	var superseded []restating
	for i, then := range layouts {
		e, p := stamped[then.Snapshot], o.prepared(then, candidates[then.From], delivered[i])
		l := o.LayoutOf(then.Snapshot)
		grown := false
		if o.Supersede && p.ContentHash == e.ContentHash {
			if grown, err = s.anyValue(ctx, candidates[l.From], l.Without(e.Columns)); err != nil {
				return nil, nil, err
			}
		}
		switch {
		case p.ContentHash == e.ContentHash && !grown:
			same = append(same, p)
		case o.Supersede:
			superseded = append(superseded, restating{layout: l, stamped: e, target: o.target(l.Snapshot), delivered: delivered[i], by: then.Columns()})
		default:
			others = append(others, differing{then, e, p})
		}
	}
	if len(others) > 0 {
		return nil, nil, snapshotsDiffer(ctx, s.pool, o, others)
	}
	return same, superseded, nil
}

// anyValue says whether a candidate has a value in columns that its as_of was stamped
// without.
func (s *Stamper) anyValue(ctx context.Context, c Candidate, columns []string) (found bool, err error) {
	if len(columns) == 0 {
		return false, nil
	}
	if err := s.pool.QueryRow(ctx, anyValue(c.Relation, columns), pgx.QueryExecModeExec).Scan(&found); err != nil {
		return false, missingIsLost(fmt.Errorf("look for values in %s: %w", c.Relation, err), c)
	}
	return found, nil
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
	var sum digest.Sum
	err := s.readOnly(ctx, func(ctx context.Context, conn *pgx.Conn) (err error) {
		if _, err := conn.Exec(ctx, digest.Settings); err != nil {
			return fmt.Errorf("settings of the hash: %w", err)
		}
		sum, err = digest.Of(ctx, conn, c.Relation, l.Columns())
		return err
	})
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
	if len(unchanged) == 0 {
		return nil
	}
	return s.withLocks(ctx, o.Fence, o.Batch, nil, func(ctx context.Context, conn *pgx.Conn) error {
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
		Candidate: c.Relation, Rows: sum.Rows, ContentHash: sum.Hash, Base: o.baseOf(l.From),
	}
}
