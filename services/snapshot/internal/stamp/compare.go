package stamp

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// compare hashes the candidates of the snapshots that are stamped for this as_of. It
// records those whose content is the same as unchanged, and returns SNAPSHOT_DIFFERS,
// with every difference, where one is not.
func (s *Stamper) compare(ctx context.Context, o Order, stamped map[string]store.Entry, candidates map[string]Candidate, report Report) ([]store.Prepared, error) {
	var layouts []layout.Layout
	for _, l := range o.Layouts {
		if _, ok := stamped[l.Snapshot]; ok {
			layouts = append(layouts, l)
		}
	}
	if len(layouts) == 0 {
		return nil, nil
	}
	delivered, err := s.hashAll(ctx, layouts, candidates, report)
	if err != nil {
		return nil, err
	}
	unchanged := make([]store.Prepared, len(layouts))
	differing := make(map[string]digest.Sum)
	for i, l := range layouts {
		if delivered[i].Hash != stamped[l.Snapshot].ContentHash {
			differing[l.Snapshot] = delivered[i]
		}
		unchanged[i] = o.prepared(l, candidates[l.From], delivered[i])
	}
	if len(differing) > 0 {
		return nil, snapshotsDiffer(o, stamped, differing)
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

func snapshotsDiffer(o Order, stamped map[string]store.Entry, delivered map[string]digest.Sum) error {
	differs := problem.New(problem.SnapshotDiffers, "").With("dataset", o.dataset()).With("as_of", o.date())
	var said []string
	for _, l := range o.Layouts {
		sum, ok := delivered[l.Snapshot]
		if !ok {
			continue
		}
		e := stamped[l.Snapshot]
		differs = differs.Violate(l.Snapshot, "stamped: %d rows, %s, from batch %s; delivered: %d rows, %s, in batch %s",
			e.Rows, e.ContentHash, e.Batch, sum.Rows, sum.Hash, o.Batch)
		said = append(said, fmt.Sprintf("%s holds %d rows (%s) and the delivery has %d (%s)",
			l.Snapshot, e.Rows, e.ContentHash, sum.Rows, sum.Hash))
	}
	differs.Message = fmt.Sprintf("dataset %s is stamped as of %s with other content, and history is immutable: %s; "+
		"if what is stamped is right, there is nothing to do", o.dataset(), o.date(), strings.Join(said, "; "))
	return differs
}
