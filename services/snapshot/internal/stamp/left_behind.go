package stamp

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// leaveBehind records which snapshots of the as_of hold another delivery from now on than the
// others: those that an order which makes revisions does not deal with, because the dataset
// does not declare them or because nothing of them was known at the moment that it goes back
// to; and those that were left behind at that moment.
func leaveBehind(ctx context.Context, conn *pgx.Conn, o Order, all []verdict) error {
	s := store.Stamp{Dataset: o.dataset(), AsOf: o.AsOf}
	var then store.Left
	if o.Rollback != nil {
		left, err := store.LeftOf(ctx, conn, o.dataset(), o.Rollback.KnownAt)
		if err != nil {
			return err
		}
		then = left[o.date()]
	}
	for _, v := range all {
		if !slices.Contains(then.Snapshots, v.layout.Snapshot) {
			s.Snapshots = append(s.Snapshots, v.layout.Snapshot)
		}
		s.Moves = s.Moves || !o.Partial && v.supersedes(o)
	}
	return store.LeaveBehind(ctx, conn, s)
}
