package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// deltaRevision stands for the delivered rows of an as_of among the revisions of the past:
// they lie in a partition of the same table, so that they get its columns, its types and its
// names. No entry of the catalog has it, and no view shows it.
const deltaRevision = 0

// takeDeltas copies the rows of incremental extracts, as they were delivered, beside the
// history: the candidate is not logged, and is dropped when the run ends.
func (s *Stamper) takeDeltas(ctx context.Context, o Order, prepared []store.Prepared, candidates map[string]Candidate, report Report) error {
	for i, l := range o.Layouts {
		c := candidates[l.From]
		if c.Delta == nil || prepared[i].Base == nil || prepared[i].Base.Snapshot != l.Snapshot {
			continue
		}
		report(Progress{Snapshot: l.Snapshot, Phase: "keep delivered rows", Total: c.DeltaRows})
		err := o.Fence.Tx(ctx, s.pool, func(ctx context.Context, conn *pgx.Conn) error {
			if err := takeTurn(ctx, conn, o.Fence, l.Snapshot); err != nil {
				return err
			}
			return takeDelta(ctx, conn, o, l, c)
		})
		if err != nil {
			return s.pool.NeedsRoomLike(ctx, err, "delivered rows of "+l.Snapshot, *c.Delta)
		}
	}
	return nil
}

func takeDelta(ctx context.Context, conn *pgx.Conn, o Order, l layout.Layout, c Candidate) error {
	before, err := preparedByName(ctx, conn, o)
	if err != nil {
		return err
	}
	p := before[l.Snapshot]
	if p.Delta != nil {
		if _, err := conn.Exec(ctx, dropTable(*p.Delta)); err != nil {
			return fmt.Errorf("drop %s: %w", *p.Delta, err)
		}
	}
	to := l.DeltaPrepared(o.AsOf, o.Fence.Number)
	if err := makeAlone(ctx, conn, to, createDelta(l, to, o)); err != nil {
		return err
	}
	delivered := Candidate{Relation: *c.Delta, Rows: c.DeltaRows}
	tag, err := conn.Exec(ctx, fillPartition(l, to, *c.Delta, o.AsOf))
	if err != nil {
		return missingIsLost(fmt.Errorf("keep %s: %w", *c.Delta, err), delivered)
	}
	if tag.RowsAffected() != c.DeltaRows {
		return stagingLost(delivered, fmt.Sprint(tag.RowsAffected()))
	}
	if _, err := conn.Exec(ctx, addPrimaryKey(l, to)); err != nil {
		return fmt.Errorf("add the key of %s: %w", to, err)
	}
	p.Delta, p.DeltaRows = &to, c.DeltaRows
	return store.PrepareDelta(ctx, conn, p)
}

// createDelta makes the table of delivered rows. The check lets it be attached without being
// read.
func createDelta(l layout.Layout, delta relation.Relation, o Order) string {
	return fmt.Sprintf("create table %s (\n%s,\n    %s integer not null default %d,\n    constraint %s check (%s = date %s and %s = %d))",
		delta.SQL(), columnList(l), keptRevision, deltaRevision, asOfCheck, layout.AsOf, dateLiteral(o.AsOf), keptRevision, deltaRevision)
}

// settleDeltas puts the delivered rows of the as_of where they stay, in the place of those of
// the delivery before. Those of a full extract are its candidate, and nothing is kept. A
// rollback delivers nothing: those of the last delivery stay, for when it is current again.
func settleDeltas(ctx context.Context, conn *pgx.Conn, o Order, all []verdict) error {
	kept, err := standingDeltas(ctx, conn, o)
	if err != nil {
		return err
	}
	for _, v := range all {
		p := v.prepared
		at := slices.IndexFunc(kept, func(d store.Delta) bool { return d.Snapshot == v.layout.Snapshot })
		switch {
		case p.Delta != nil && at >= 0:
			err = replaceDelta(ctx, conn, o, v, kept[at])
		case p.Delta != nil:
			err = attachDelta(ctx, conn, o, v)
		case p.Snapshot != "" && p.Base == nil && o.Rollback == nil && at >= 0 && kept[at].Rows > 0:
			err = emptyDelta(ctx, conn, o, kept[at])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// standingDeltas are those of the as_of whose table is there: in the place of one that is gone
// another is attached.
func standingDeltas(ctx context.Context, conn *pgx.Conn, o Order) ([]store.Delta, error) {
	kept, err := store.Deltas(ctx, conn, o.dataset(), o.AsOf)
	if err != nil {
		return nil, err
	}
	var stand []store.Delta
	for _, d := range kept {
		present, _, err := store.Lying(ctx, conn, d.Relation)
		if err != nil {
			return nil, err
		}
		if present {
			stand = append(stand, d)
		}
	}
	return stand, nil
}

// attachDelta makes the table of delivered rows a partition beside the revisions of the past.
func attachDelta(ctx context.Context, conn *pgx.Conn, o Order, v verdict) error {
	followed, err := followed(ctx, conn, v)
	if err != nil {
		return err
	}
	l, final := v.layout, v.layout.Delta(o.AsOf)
	statements := slices.Concat(followed, attachKept(l, *v.prepared.Delta, final, o.AsOf, deltaRevision))
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return fmt.Errorf("keep the delivered rows of %s: %w", l.Snapshot, err)
	}
	return deltaKept(ctx, conn, o, v, final)
}

// replaceDelta writes the delivered rows in the place of those of the delivery before, by
// ordinary writes: a partition that is taken away would make readers wait.
func replaceDelta(ctx context.Context, conn *pgx.Conn, o Order, v verdict, before store.Delta) error {
	followed, err := followed(ctx, conn, v)
	if err != nil {
		return err
	}
	l, from, to := v.layout, *v.prepared.Delta, before.Relation
	statements := slices.Concat(followed, []string{
		"lock table " + to.SQL() + " in share row exclusive mode", "delete from " + to.SQL(), copyAll(l, to, from), dropTable(from),
	})
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return fmt.Errorf("keep the delivered rows of %s: %w", l.Snapshot, err)
	}
	return deltaKept(ctx, conn, o, v, to)
}

// followed brings the columns of the delivered rows up to those of the revisions of the past,
// which it makes where they are not there.
func followed(ctx context.Context, conn *pgx.Conn, v verdict) ([]string, error) {
	if err := ensureRevisions(ctx, conn, v.layout); err != nil {
		return nil, err
	}
	parent, err := shapeOf(ctx, conn, v.layout.AllKept())
	if err != nil {
		return nil, err
	}
	own, err := shapeOf(ctx, conn, *v.prepared.Delta)
	if err != nil {
		return nil, err
	}
	return follow(*v.prepared.Delta, own, parent), nil
}

func deltaKept(ctx context.Context, conn *pgx.Conn, o Order, v verdict, where relation.Relation) error {
	d := store.Delta{Snapshot: v.layout.Snapshot, AsOf: o.AsOf, Batch: o.Batch, Relation: where, Rows: v.prepared.DeltaRows}
	if err := store.KeepDelta(ctx, conn, o.dataset(), d); err != nil {
		return err
	}
	p := v.prepared
	p.Delta = nil
	return store.PrepareDelta(ctx, conn, p) // of what was unchanged the record stays
}

// emptyDelta forgets the delivered rows of an as_of that a full extract made anew. The table
// stays where it is, since to take it away would make readers wait.
func emptyDelta(ctx context.Context, conn *pgx.Conn, o Order, d store.Delta) error {
	if _, err := conn.Exec(ctx, "delete from "+d.Relation.SQL()); err != nil {
		return fmt.Errorf("empty %s: %w", d.Relation, err)
	}
	d.Batch, d.Rows = o.Batch, 0
	return store.KeepDelta(ctx, conn, o.dataset(), d)
}
