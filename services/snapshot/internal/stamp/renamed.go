package stamp

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	renames "github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/platform/renamed"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// carriedOutWith records what is renamed, with the names that are passed on by it, or by
// columns that are added: nothing else tells afterwards whose the names are.
func carriedOutWith(ctx context.Context, conn *pgx.Conn, dataset string, l layout.Layout, all []relation.Rename) error {
	left, err := called.Of(ctx, conn, []layout.Layout{l})
	if err != nil {
		return err
	}
	for _, p := range left[0].PassedOn() {
		if r := relation.Rename(p); !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return carriedOut(ctx, conn, dataset, l, all)
}

// carriedOut records what is renamed in the table of a snapshot, in the transaction that
// does it: what was stamped is read by the newer names from then on. What PostgreSQL does
// not rename with the table is: superseded revisions, the view over all of them, and
// partitions that were detached.
func carriedOut(ctx context.Context, conn *pgx.Conn, dataset string, l layout.Layout, all []relation.Rename) error {
	if err := store.Renamed.Add(ctx, conn, l.Table, renamed.Step{Renames: all}); err != nil {
		return err
	}
	if err := store.Call(ctx, conn, dataset, l.Table, called.Pairs(all)); err != nil {
		return err
	}
	beside, err := store.Loose(ctx, conn, dataset, l.Table)
	if err != nil {
		return err
	}
	if kept, err := shapeOf(ctx, conn, l.AllKept()); err != nil {
		return err
	} else if len(kept) > 0 {
		beside = append(beside, l.AllKept())
	}
	if view, err := lookAtView(ctx, conn, l); err != nil {
		return err
	} else if view.ours {
		beside = append(beside, l.Revisions())
	}
	reads, err := standingReads(ctx, conn, l)
	if err != nil {
		return err
	}
	for _, r := range reads {
		beside = append(beside, r.relation)
	}
	for _, r := range beside {
		if err := renameIn(ctx, conn, r, called.Pairs(all)); err != nil {
			return err
		}
	}
	return nil
}

// renameIn renames columns of a table or view that has them by their older names.
func renameIn(ctx context.Context, conn *pgx.Conn, r relation.Relation, pairs renames.Pairs) error {
	columns, err := store.ColumnsOf(ctx, conn, r)
	if err != nil {
		return err
	}
	open, _ := pairs.Among(columns)
	if len(open) == 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, relation.Renaming(r, called.Renames(open.Steps(columns)))); err != nil {
		return fmt.Errorf("rename columns of %s: %w", r, err)
	}
	return nil
}

// unsettled is a snapshot of which the ledger does not say what is so.
type unsettled struct {
	layout       layout.Layout
	made, closed renames.Pairs
}

// settle brings the ledger up to what is declared: renames that somebody made by hand are
// entered, those that are declared no more are closed. It writes nothing where there is
// nothing of these.
func (s *Stamper) settle(ctx context.Context, o Order) error {
	due, err := unsettledOf(ctx, s.pool, o.Layouts)
	if err != nil || len(due) == 0 {
		return err
	}
	return s.withLocks(ctx, o.Fence, o.Run, nil, func(ctx context.Context, conn *pgx.Conn) error {
		due, err := unsettledOf(ctx, conn, o.Layouts)
		if err != nil {
			return err
		}
		for _, u := range due {
			if len(u.closed) > 0 {
				if err := store.Renamed.Close(ctx, conn, u.layout.Table, called.Renames(u.closed)); err != nil {
					return err
				}
			}
			if len(u.made) > 0 {
				if err := carriedOut(ctx, conn, o.dataset(), u.layout, called.Renames(u.made)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func unsettledOf(ctx context.Context, q postgres.Querier, layouts []layout.Layout) ([]unsettled, error) {
	tables := make([]relation.Relation, len(layouts))
	for i, l := range layouts {
		tables[i] = l.Table
	}
	ledger, err := store.Renamed.Of(ctx, q, tables...)
	if err != nil {
		return nil, err
	}
	var due []unsettled
	for _, l := range layouts {
		standing := called.Pairs(ledger[l.Table].Standing)
		u := unsettled{layout: l, closed: standing.Without(l.Renames)}
		if missing := l.Renames.Without(standing).Paths(); len(missing) > 0 {
			if u.made, err = madeByHand(ctx, q, called.Without(l, standing), missing); err != nil {
				return nil, err
			}
		}
		if len(u.made)+len(u.closed) > 0 {
			due = append(due, u)
		}
	}
	return due, nil
}

// madeByHand leaves the pairs of which only the newer name stands.
func madeByHand(ctx context.Context, q postgres.Querier, l layout.Layout, pairs renames.Pairs) (made renames.Pairs, err error) {
	f, err := inspect(ctx, q, l, "")
	if err != nil || f == nil {
		return nil, err
	}
	for _, p := range pairs {
		if slices.Contains(f.columns, p.To) && !f.open.Makes(p.To) && !f.both.Makes(p.To) {
			made = append(made, p)
		}
	}
	return made, nil
}
