package stamp

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// occupiedSQL finds out whether a partition's name is taken, and whether the table of
// superseded revisions holds any although no revision of the snapshot is in the catalog.
const occupiedSQL = `
select to_regclass($1) is not null,
       exists (select from pg_inherits where inhparent = to_regclass($2)::oid)
       and not exists (select from sf_snapshot.catalog where dataset = $3 and snapshot = $4)`

// unoccupied refuses an order where tables stand under the names that its history needs, and
// are not of it: another dataset's that was deleted and left its tables, say. After the
// publish there would be no way on, or the rows of the one would show in the other.
// Errors: SNAPSHOT_TABLE_DIFFERS.
func (o Order) unoccupied(ctx context.Context, q postgres.Querier, stamped map[string]store.Entry) error {
	p := problem.New(problem.SnapshotTableDiffers, "").With("dataset", o.dataset()).With("as_of", o.date())
	for _, l := range o.Layouts {
		if _, ok := stamped[l.Snapshot]; ok {
			continue
		}
		var partition, kept bool
		part, all := l.Partition(o.AsOf, 1), l.AllKept()
		if err := q.QueryRow(ctx, occupiedSQL, part.SQL(), all.SQL(), o.dataset(), l.Snapshot).Scan(&partition, &kept); err != nil {
			return fmt.Errorf("look for what stands under the names of the history of %s: %w", l.Snapshot, err)
		}
		for _, taken := range []struct {
			table relation.Relation
			found bool
		}{{part, partition}, {all, kept}} {
			if taken.found {
				p = p.Violate(l.Table.String(), "expected no table %s, found one that is not of this dataset's history: give the snapshot another name, or take that table away with its rows: drop table %s",
					taken.table, taken.table.SQL())
			}
		}
	}
	if len(p.Violations) == 0 {
		return nil
	}
	var said []string
	for _, v := range p.Violations {
		said = append(said, v.Subject+": "+v.Description)
	}
	p.Message = strings.Join(said, "; ") + "; nothing was written"
	return p
}
