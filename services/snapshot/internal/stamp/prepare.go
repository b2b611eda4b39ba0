package stamp

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Prepare fills one table beside the history per snapshot, from the candidates by
// table name. Snapshots whose content is stamped already are recognised by their
// hash, and nothing is filled for them unless their rows are not there; where the
// content is another, the order supersedes it, or nothing is filled at all. verify has the rows that are stamped
// hashed as well. It returns what is prepared, in the order of the layouts.
// Errors: STAGING_LOST, BASE_MOVED, SNAPSHOT_DIFFERS, SNAPSHOT_TABLE_DIFFERS,
// RETAINED_NO_LONGER, FENCE_LOST.
func (s *Stamper) Prepare(ctx context.Context, o Order, candidates map[string]Candidate, restage bool, report Report) ([]store.Prepared, error) {
	how := count
	if restage {
		how = verify
	}
	o, stamped, seen, err := s.ready(ctx, o, how)
	if err != nil {
		return nil, err
	}
	same, superseded, err := s.compare(ctx, o, stamped, candidates, report)
	if err != nil {
		return nil, err
	}
	known, absent := apart(same, seen)
	if err := s.recordUnchanged(ctx, o, known); err != nil {
		return nil, err
	}
	filled, err := s.fillAll(ctx, o, o.fillings(stamped, absent), candidates, report)
	if err != nil {
		return nil, err
	}
	for i, p := range filled {
		filled[i].Found = seen[p.Snapshot].found
	}
	for i := range superseded {
		superseded[i].sight = seen[superseded[i].layout.Snapshot]
	}
	restated, err := s.restateAll(ctx, o, superseded, candidates, report)
	if err != nil {
		return nil, err
	}
	if err := s.try(ctx, o, restated, report); err != nil {
		return nil, err
	}
	prepared := o.inOrder(slices.Concat(known, filled, restated))
	return prepared, s.takeDeltas(ctx, o, prepared, candidates, report)
}

// ready makes sure that the order can be prepared, and clears away what earlier attempts
// left. It returns the order by the names of history, what is stamped for its as_of, and what
// is seen of the rows.
func (s *Stamper) ready(ctx context.Context, o Order, how closeness) (named Order, stamped map[string]store.Entry, seen map[string]sight, err error) {
	if err := o.Fence.Check(ctx, s.pool); err != nil {
		return o, nil, nil, err
	}
	if err := store.Owners.Check(ctx, s.pool, o.dataset(), o.tables()); err != nil {
		return o, nil, nil, err
	}
	o.openSchema, o.keys = s.opts.OpenSchema, s.opts.Keys
	if err := store.Retained(ctx, s.pool, o.dataset(), o.AsOf); err != nil {
		return o, nil, nil, err
	}
	if o, err = o.named(ctx, s.pool); err != nil {
		return o, nil, nil, err
	}
	if err := o.basesStand(ctx, s.pool); err != nil {
		return o, nil, nil, err
	}
	if stamped, seen, err = s.survey(ctx, o, how); err != nil {
		return o, nil, nil, err
	}
	if _, err := checkTables(ctx, s.pool, o, o.Layouts, settled(stamped, seen), relation.ByRun); err != nil {
		return o, nil, nil, err
	}
	if err := o.misplaced(stamped, seen); err != nil {
		return o, nil, nil, err
	}
	if err := o.unoccupied(ctx, s.pool, stamped); err != nil {
		return o, nil, nil, err
	}
	return o, stamped, seen, s.sweep(ctx, o)
}

// survey returns what is stamped for the as_of, and what is seen of its rows.
func (s *Stamper) survey(ctx context.Context, o Order, how closeness) (stamped map[string]store.Entry, seen map[string]sight, err error) {
	err = s.readOnly(ctx, func(ctx context.Context, conn *pgx.Conn) (err error) {
		if stamped, err = current(ctx, conn, o); err == nil {
			seen, err = lookAt(ctx, conn, o, stamped, how)
		}
		return err
	})
	return stamped, seen, err
}

// settled leaves the entries that no partition has to be attached for anew.
func settled(stamped map[string]store.Entry, seen map[string]sight) map[string]store.Entry {
	left := maps.Clone(stamped)
	for name, s := range seen {
		if s.presence == gone || s.presence == spoiled {
			delete(left, name)
		}
	}
	return left
}

// misplaced returns SNAPSHOT_TABLE_DIFFERS where partitions are attached to other tables
// than they were stamped into: whoever did that has to say which it shall be.
func (o Order) misplaced(stamped map[string]store.Entry, seen map[string]sight) error {
	p := problem.New(problem.SnapshotTableDiffers, "").With("dataset", o.dataset()).With("as_of", o.date())
	var said []string
	for _, l := range o.Layouts {
		if s := seen[l.Snapshot]; s.presence == elsewhere {
			e := stamped[l.Snapshot]
			p = p.Violate(l.Table.String(), "as of %s %s, and was stamped into %s", o.date(), s.found, e.Table)
			said = append(said, p.Violations[len(p.Violations)-1].Description)
		}
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "history is not where it was stamped: " + strings.Join(said, "; ") + "; detach it there, and it is attached again"
	return p
}

// apart tells the snapshots whose rows are there from those whose rows are absent.
func apart(same []store.Prepared, seen map[string]sight) (known []store.Prepared, absent map[string]bool) {
	absent = map[string]bool{}
	for _, p := range same {
		if seen[p.Snapshot].stand() {
			known = append(known, p)
		} else {
			absent[p.Snapshot] = true
		}
	}
	return known, absent
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

// filling is a table that is to be filled: its layout, and the columns that are filled.
// Where an as_of was stamped before the dataset got a column, the column stays NULL.
type filling struct {
	layout, filled layout.Layout
	// supersedes is the revision that is superseded, 0 for none; keeps says that its rows,
	// which are in from, are kept, and only those that differ filled; found in words why not.
	supersedes int32
	keeps      bool
	from       relation.Relation
	found      string
	// target is the revision whose content is had again; nil where it is new.
	target *store.Entry
}

// fillings returns what is to be filled: all that is not stamped, and that whose rows
// are absent.
func (o Order) fillings(stamped map[string]store.Entry, absent map[string]bool) []filling {
	var all []filling
	for _, l := range o.Layouts {
		e, ok := stamped[l.Snapshot]
		switch {
		case !ok:
			all = append(all, filling{layout: l, filled: l})
		case absent[l.Snapshot]:
			then, _ := l.Stamped(e.Columns) // compared, so that none is missing
			all = append(all, filling{layout: l, filled: then})
		}
	}
	return all
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

func (s *Stamper) fillAll(ctx context.Context, o Order, all []filling, candidates map[string]Candidate, report Report) ([]store.Prepared, error) {
	filled := make([]store.Prepared, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Parallel)
	for i, f := range all {
		g.Go(func() (err error) {
			filled[i], err = s.fill(ctx, o, f, candidates[f.layout.From], report)
			return err
		})
	}
	return filled, g.Wait()
}

// stagingLost gives the error of a candidate whose rows are not all there.
func stagingLost(c Candidate, found string) error {
	return problem.New(problem.StagingLost,
		"candidate %s: expected %d rows, found %s: the database lost its unlogged tables", c.Relation, c.Rows, found).
		With("relation", c.Relation.String())
}

// missingIsLost turns the error of a candidate that is not there into STAGING_LOST.
func missingIsLost(err error, c Candidate) error {
	if postgres.IsUndefinedTable(err) {
		return stagingLost(c, "no such table")
	}
	return err
}
