package stamp

import (
	"context"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Rollback is what an order makes current again: each revision, as a new one of the same
// content. Its candidates hold the rows of these revisions.
type Rollback struct {
	// KnownAt is the moment whose state it is.
	KnownAt time.Time
	// Revisions are by snapshot; others keep what they have.
	Revisions map[string]int32
}

// rolledBack is the order of the snapshots that are rolled back alone, with the entries
// whose content they get again. Any other order stays as it is.
func (o Order) rolledBack(ctx context.Context, q postgres.Querier) (Order, error) {
	if o.Rollback == nil {
		return o, nil
	}
	entries, err := store.RevisionsOf(ctx, q, o.dataset(), o.AsOf)
	if err != nil {
		return o, err
	}
	o.targets = map[string]store.Entry{}
	for _, e := range entries {
		if o.Rollback.Revisions[e.Snapshot] == e.Revision {
			o.targets[e.Snapshot] = e
		}
	}
	var layouts []layout.Layout
	for _, l := range o.Layouts {
		switch _, wanted := o.Rollback.Revisions[l.Snapshot]; {
		case !wanted:
			continue
		case o.target(l.Snapshot) == nil:
			return o, problem.New(problem.RollbackRefused, "snapshot %s has no revision %d as of %s", l.Snapshot, o.Rollback.Revisions[l.Snapshot], o.date()).
				With("dataset", o.dataset()).With("as_of", o.date()).Violate(l.Snapshot, "has no revision %d", o.Rollback.Revisions[l.Snapshot])
		}
		layouts = append(layouts, l)
	}
	o.Layouts, o.Supersede = layouts, true
	return o, nil
}

// target is the revision whose content a snapshot gets again; nil where it gets new content.
func (o Order) target(snapshot string) *store.Entry {
	e, ok := o.targets[snapshot]
	if !ok {
		return nil
	}
	return &e
}

// hashed is the layout by whose columns the content of a revision that is made is hashed:
// all of them, or those that the revision was stamped with whose content it has again.
func hashed(l layout.Layout, target *store.Entry) layout.Layout {
	if target == nil {
		return l
	}
	then, _ := l.Stamped(target.Columns)
	return then
}

// again refuses rows that are not those of the revision whose content they shall be.
func again(target *store.Entry, sum digest.Sum) error {
	if target == nil || sum.Hash == target.ContentHash {
		return nil
	}
	why := fmt.Sprintf("its rows are not those that were stamped: found %d (%s), expected %d (%s)", sum.Rows, sum.Hash, target.Rows, target.ContentHash)
	return problem.New(problem.RevisionChanged, "revision %d of %s as of %s: %s", target.Revision, target.Snapshot, target.AsOf.Format(time.DateOnly), why).
		With("dataset", target.Dataset).With("snapshot", target.Snapshot).Violate(target.Snapshot, "revision %d: %s", target.Revision, why)
}

// restores is the number of a revision whose content is had again; 0 of none.
func restores(target *store.Entry) int32 {
	if target == nil {
		return 0
	}
	return target.Revision
}
