package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// State is whether a snapshot of an as_of is there.
type State struct {
	// Stands says that it is stamped and its rows are there.
	Stands bool
	// Found says in words what was found in place of the rows, and done about it.
	Found string
}

// CheckStamped says of every layout, in their order, whether it is stamped and its rows are
// there, and which batch's content history holds. A partition that was detached and holds
// what was stamped is attached again, unless lookOnly asks to change nothing. Where the order
// names the batch that was published last, and history was stamped from another one since,
// none stands.
// Errors: SNAPSHOT_TABLE_DIFFERS, FENCE_LOST.
func (s *Stamper) CheckStamped(ctx context.Context, o Order, lookOnly bool) (all []State, last store.Last, err error) {
	if err := o.Fence.Check(ctx, s.pool); err != nil {
		return nil, store.Last{}, err
	}
	if err := store.Retained(ctx, s.pool, o.dataset(), o.AsOf); err != nil {
		return nil, store.Last{}, err
	}
	if o, err = o.named(ctx, s.pool); err != nil {
		return nil, store.Last{}, err
	}
	var stamped map[string]store.Entry
	var seen map[string]sight
	looking := func(ctx context.Context, conn *pgx.Conn) (err error) {
		if stamped, err = current(ctx, conn, o); err == nil {
			seen, err = lookAt(ctx, conn, o, stamped, count)
		}
		if err == nil {
			last, err = store.LastStamped(ctx, conn, o.dataset(), o.AsOf)
		}
		return err
	}
	if err := s.readOnly(ctx, looking); err != nil {
		return nil, store.Last{}, err
	}
	if !lookOnly && (anyDetached(seen) || anyTouched(seen)) {
		err := s.withLocks(ctx, o.Fence, o.Run, nil, func(ctx context.Context, conn *pgx.Conn) error {
			if err := looking(ctx, conn); err != nil {
				return err
			}
			if err := leaveTouched(ctx, conn, o, stamped, seen); err != nil {
				return err
			}
			return attachAgain(ctx, conn, o, stamped, seen)
		})
		if err != nil {
			return nil, store.Last{}, err
		}
	}
	if o.Batch != "" && last.Batch != "" && last.Batch != o.Batch {
		return behind(o, last.Batch), last, nil
	}
	back := attachedAgain
	if lookOnly {
		back = ", and would be attached again"
	}
	return states(o.Layouts, stamped, seen, back), last, nil
}

// behind are the states of an as_of whose history holds another batch than was published
// last: a stamp failed after its publish.
func behind(o Order, last string) []State {
	all := make([]State, len(o.Layouts))
	for i := range all {
		all[i] = State{Found: fmt.Sprintf("history holds batch %s, and %s was published since", last, o.Batch)}
	}
	return all
}

func anyDetached(seen map[string]sight) bool {
	for _, s := range seen {
		if s.presence == detached {
			return true
		}
	}
	return false
}

func anyTouched(seen map[string]sight) bool {
	for _, s := range seen {
		if s.touched {
			return true
		}
	}
	return false
}

// leaveTouched records that rows which somebody wrote to are right as they are, so that they
// are not hashed each time. What is written after the look itself began is still seen.
func leaveTouched(ctx context.Context, conn *pgx.Conn, o Order, stamped map[string]store.Entry, seen map[string]sight) error {
	var entries []store.Entry
	var prints []string
	for name, s := range seen {
		if s.touched {
			entries, prints = append(entries, stamped[name]), append(prints, s.before)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return store.Leave(ctx, conn, o.dataset(), o.AsOf, entries, prints)
}

func states(layouts []layout.Layout, stamped map[string]store.Entry, seen map[string]sight, back string) []State {
	all := make([]State, len(layouts))
	for i, l := range layouts {
		_, ok := stamped[l.Snapshot]
		s := seen[l.Snapshot]
		switch {
		case !ok:
			all[i] = State{Found: "nothing is stamped"}
		case s.presence == detached:
			all[i] = State{Stands: true, Found: s.found + back}
		default:
			all[i] = State{Stands: s.stand(), Found: s.found}
		}
	}
	return all
}

// attachedAgain is what is said of a partition that is back.
const attachedAgain = ", and is attached again"

// readOnly runs fn in a transaction that writes nothing.
func (s *Stamper) readOnly(ctx context.Context, fn func(context.Context, *pgx.Conn) error) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	return fn(ctx, tx.Conn())
}
