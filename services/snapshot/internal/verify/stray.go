package verify

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// keptOf is the table of which superseded revisions are partitions.
func keptOf(e store.Entry) relation.Relation {
	return layout.Layout{Snapshot: e.Snapshot, Table: e.Table}.AllKept()
}

// strays looks for partitions that the catalog does not know: their rows are taken for
// history, and nobody stamped them.
func (v *Verifier) strays(ctx context.Context, o Order) error {
	tables, err := store.Tables(ctx, v.pool, o.Dataset, o.Snapshot)
	if err != nil {
		return err
	}
	for _, t := range tables {
		e := store.Entry{Dataset: o.Dataset, Snapshot: t.Snapshot, Table: t.Table}
		of := []relation.Relation{t.Table}
		if o.Superseded {
			of = append(of, keptOf(e))
		}
		for _, table := range of {
			if err := v.straysOf(ctx, o, e, table); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Verifier) straysOf(ctx context.Context, o Order, e store.Entry, table relation.Relation) error {
	strays, err := store.Strays(ctx, v.pool, table)
	if err != nil {
		return err
	}
	for _, s := range strays {
		e.Relation = s.Partition
		f := Finding{
			Entry: e, State: Stray,
			Found: fmt.Sprintf("%s is a partition of %s %s, and the catalog knows nothing of it", s.Partition, table, s.Bound),
			Mend:  fmt.Sprintf("detach it, unless somebody knows whose rows these are: alter table %s detach partition %s", table.SQL(), s.Partition.SQL()),
		}
		if err := o.Found(f); err != nil {
			return err
		}
	}
	return nil
}
