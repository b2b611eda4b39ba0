package stamp

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Prepare fills one table beside the history per snapshot, from the candidates by
// table name. Snapshots whose content is stamped already are recognised by their
// hash, and nothing is filled for them; where the content is another, nothing is
// filled at all. It returns what is prepared, in the order of the layouts.
// Errors: STAGING_LOST, SNAPSHOT_DIFFERS, SNAPSHOT_TABLE_DIFFERS, FENCE_LOST.
func (s *Stamper) Prepare(ctx context.Context, o Order, candidates map[string]Candidate, report Report) ([]store.Prepared, error) {
	if err := o.Fence.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	o.openSchema = s.opts.OpenSchema
	stamped, err := current(ctx, s.pool, o)
	if err != nil {
		return nil, err
	}
	fresh := o.notIn(stamped)
	if _, err := checkTables(ctx, s.pool, o, o.Layouts, stamped); err != nil {
		return nil, err
	}
	if err := s.sweep(ctx, o); err != nil {
		return nil, err
	}
	known, err := s.compare(ctx, o, stamped, candidates, report)
	if err != nil {
		return nil, err
	}
	filled, err := s.fillAll(ctx, o, fresh, candidates, report)
	if err != nil {
		return nil, err
	}
	return o.inOrder(append(known, filled...)), nil
}

// current returns the current catalog entries of the as_of, by snapshot.
func current(ctx context.Context, q postgres.Querier, o Order) (map[string]store.Entry, error) {
	entries, err := store.Current(ctx, q, o.dataset(), o.AsOf)
	if err != nil {
		return nil, err
	}
	stamped := make(map[string]store.Entry, len(entries))
	for _, e := range entries {
		stamped[e.Snapshot] = e
	}
	return stamped, nil
}

// notIn returns the layouts that nothing is stamped for.
func (o Order) notIn(stamped map[string]store.Entry) []layout.Layout {
	var fresh []layout.Layout
	for _, l := range o.Layouts {
		if _, ok := stamped[l.Snapshot]; !ok {
			fresh = append(fresh, l)
		}
	}
	return fresh
}

func (o Order) inOrder(prepared []store.Prepared) []store.Prepared {
	byName := make(map[string]store.Prepared, len(prepared))
	for _, p := range prepared {
		byName[p.Snapshot] = p
	}
	ordered := make([]store.Prepared, 0, len(prepared))
	for _, l := range o.Layouts {
		ordered = append(ordered, byName[l.Snapshot])
	}
	return ordered
}

func (s *Stamper) fillAll(ctx context.Context, o Order, layouts []layout.Layout, candidates map[string]Candidate, report Report) ([]store.Prepared, error) {
	filled := make([]store.Prepared, len(layouts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Parallel)
	for i, l := range layouts {
		g.Go(func() (err error) {
			filled[i], err = s.fill(ctx, o, l, candidates[l.From], report)
			return err
		})
	}
	return filled, g.Wait()
}

// stagingLost gives the error of a candidate whose rows are not all there.
func stagingLost(c Candidate, found string) error {
	return problem.New(problem.StagingLost,
		"candidate %s: expected %d rows, found %s: the database lost its unlogged tables; stage the batch again", c.Relation, c.Rows, found).
		With("relation", c.Relation.String())
}

// missingIsLost turns the error of a candidate that is not there into STAGING_LOST.
func missingIsLost(err error, c Candidate) error {
	if postgres.IsUndefinedTable(err) {
		return stagingLost(c, "no such table")
	}
	return err
}
