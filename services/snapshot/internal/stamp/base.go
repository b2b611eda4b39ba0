package stamp

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Foundation is a state that an incremental extract can be laid over, and what the columns of
// the snapshot are called where its rows are. It was stamped without those that are missing.
type Foundation struct {
	Entry    store.Entry
	StandsAs map[string]string
}

// Foundations returns of each layout of the order the current state of the newest as_of
// before it; nil where there is none.
func (s *Stamper) Foundations(ctx context.Context, o Order) ([]*Foundation, error) {
	found := make([]*Foundation, len(o.Layouts))
	err := s.readOnly(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		o, err := o.named(ctx, conn)
		if err != nil {
			return err
		}
		for i, l := range o.Layouts {
			e, err := store.Before(ctx, conn, o.dataset(), l.Snapshot, o.AsOf)
			if err != nil {
				return err
			}
			if e == nil {
				continue
			}
			if found[i], err = foundation(ctx, conn, l, *e); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func foundation(ctx context.Context, q postgres.Querier, l layout.Layout, e store.Entry) (*Foundation, error) {
	stand, err := store.ColumnsOf(ctx, q, e.Table)
	if err != nil {
		return nil, err
	}
	then, _ := l.Stamped(e.Columns)
	f := &Foundation{Entry: e, StandsAs: map[string]string{}}
	for _, c := range then.Among(stand).Columns() {
		f.StandsAs[c.Name] = c.InHistory()
	}
	return f, nil
}

// baseOf is what the candidate of a table was laid over; nil of a full extract.
func (o Order) baseOf(table string) *store.Base {
	if b, ok := o.Bases[table]; ok {
		return &b
	}
	return nil
}

func sameBase(a, b *store.Base) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// basesStand returns BASE_MOVED where what candidates were laid over is another by now.
func (o Order) basesStand(ctx context.Context, q postgres.Querier) error {
	bases := make([]store.Base, 0, len(o.Bases))
	for _, l := range o.Layouts {
		if b := o.baseOf(l.From); b != nil && !slices.Contains(bases, *b) {
			bases = append(bases, *b)
		}
	}
	return o.stand(ctx, q, bases)
}

// standStill does so again of what was prepared, in the transaction that stamps it.
func standStill(ctx context.Context, q postgres.Querier, o Order, all []verdict) error {
	var bases []store.Base
	for _, v := range all {
		if b := v.prepared.Base; b != nil && !v.byThisBatch(o) && !slices.Contains(bases, *b) {
			bases = append(bases, *b)
		}
	}
	return o.stand(ctx, q, bases)
}

func (o Order) stand(ctx context.Context, q postgres.Querier, bases []store.Base) error {
	p := problem.New(problem.BaseMoved, "").With("dataset", o.dataset()).With("as_of", o.date())
	var said []string
	for _, b := range bases {
		now, err := store.Before(ctx, q, o.dataset(), b.Snapshot, o.AsOf)
		if err != nil {
			return err
		}
		if now != nil && now.ContentHash == b.Hash {
			continue
		}
		found := "none"
		if now != nil {
			found = now.AsOf.Format(time.DateOnly) + " (" + now.ContentHash + ")"
		}
		p = p.Violate(b.Table, "expected %s as of %s (%s), which it was laid over, found %s", b.Snapshot, b.AsOf, b.Hash, found)
		said = append(said, b.Table+": "+p.Violations[len(p.Violations)-1].Description)
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "what the delivery was laid over is another by now: " + strings.Join(said, "; ") + "; start the run again"
	return p
}

// settleBases records what the entries of the as_of stand on from now on, and keeps the rows
// that were delivered.
func settleBases(ctx context.Context, conn *pgx.Conn, o Order, all []verdict, stamped []Stamped) error {
	for i, v := range all {
		p, e := v.prepared, stamped[i].Entry
		if p.Snapshot == "" {
			continue // the call is repeated: it is settled
		}
		var err error
		switch {
		case p.Restores > 0:
			err = store.StandAs(ctx, conn, e, p.Restores, o.Batch)
		case p.Base != nil:
			err = store.StandOn(ctx, conn, e, *p.Base, o.Batch)
		case o.Rollback == nil:
			err = store.StandAlone(ctx, conn, e)
		}
		if err != nil {
			return err
		}
	}
	return settleDeltas(ctx, conn, o, all)
}
