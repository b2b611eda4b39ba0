package assemble

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Verify hashes the rows of every part, and refuses with REVISION_CHANGED where they are
// not those that were stamped. The caller's transaction has [digest.Settings].
func (t *Table) Verify(ctx context.Context, conn *pgx.Conn) error {
	for _, p := range t.Parts {
		sum, err := digest.Of(ctx, conn, p.Entry.Relation, p.Layout.InHistory().Columns())
		if err != nil {
			return err
		}
		if sum.Hash != p.Entry.ContentHash {
			return changed(p.Entry, "%s holds %d rows (%s), and not the %d that were stamped (%s)",
				p.Entry.Relation, sum.Rows, sum.Hash, p.Entry.Rows, p.Entry.ContentHash)
		}
	}
	return nil
}

// changed is the error of a revision whose rows are not as they were stamped.
func changed(e store.Entry, format string, args ...any) error {
	why := fmt.Sprintf(format, args...)
	return problem.New(problem.RevisionChanged, "revision %d of %s as of %s: %s", e.Revision, e.Snapshot, e.AsOf.Format("2006-01-02"), why).
		With("dataset", e.Dataset).With("snapshot", e.Snapshot).Violate(e.Snapshot, "revision %d: %s", e.Revision, why)
}
