package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// supersedeAll writes what differs into the attached partitions, and makes sure that they
// then hold what was delivered. No reader waits for it: each keeps the rows that its own
// transaction sees.
func supersedeAll(ctx context.Context, conn *pgx.Conn, o Order, all []verdict) error {
	var written []verdict
	for _, v := range all {
		if v.supersedes(o) && v.prepared.Kept != nil {
			written = append(written, v)
		}
	}
	if len(written) == 0 {
		return nil
	}
	layouts, known := make([]layout.Layout, len(written)), map[string]store.Entry{}
	for i, v := range written {
		layouts[i], known[v.layout.Snapshot] = v.layout, *v.stamped
	}
	if _, err := checkTables(ctx, conn, o, layouts, known); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, fillMemory+"; "+digest.Settings); err != nil {
		return fmt.Errorf("set up the transaction: %w", err)
	}
	for _, v := range written {
		if err := writeDifferences(ctx, conn, o, v); err != nil {
			return err
		}
		if err := keepRevision(ctx, conn, o, v); err != nil {
			return err
		}
	}
	return nil
}

// writeDifferences writes the rows that differ, while nobody else writes to the partition.
func writeDifferences(ctx context.Context, conn *pgx.Conn, o Order, v verdict) error {
	partition := v.stamped.Partition
	if v.sight.presence == detached {
		if err := attachOneAgain(ctx, conn, o, v.layout, *v.stamped); err != nil {
			return err
		}
	}
	lock := "lock table " + partition.SQL() + " in share row exclusive mode"
	if _, err := conn.Exec(ctx, lock); err != nil {
		return fmt.Errorf("lock %s: %w", partition, err)
	}
	told := *v.prepared.Restated
	how, err := joinedSome(ctx, conn, v.layout, told.Removed+told.Changed, v.prepared.Rows)
	if err != nil {
		return err
	}
	statements := append([]string{how}, applyDifferences(v.layout, partition, *v.prepared.Partition, o.AsOf, told)...)
	for _, sql := range append(statements, asPlanned) {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return refused(o, err)
		}
	}
	hands, err := postgres.Hands(ctx, conn, []relation.Relation{partition})
	if err != nil {
		return err
	}
	// What a deferred trigger or constraint does it does now, and not after it was looked for.
	if _, err := conn.Exec(ctx, "set constraints all immediate"); err != nil {
		return refused(o, err)
	}
	sum, err := v.sumNow(ctx, conn, hashed(v.layout, o.target(v.layout.Snapshot)).Columns())
	if err != nil {
		return err
	}
	switch same := sum.Rows == v.prepared.Rows && sum.Hash == v.prepared.ContentHash; {
	case !same && len(hands) > 0:
		return tookAHand(o, v, hands, "delivered")
	case !same:
		return notPrepared(o, problem.New(problem.NotPrepared, "").Violate(v.layout.Snapshot,
			"%s was written to since: with the differences it holds %d rows (%s), and not %d (%s)",
			partition, sum.Rows, sum.Hash, v.prepared.Rows, v.prepared.ContentHash))
	}
	return nil
}

// keepRevision puts the copy of the superseded rows among the revisions of the past.
func keepRevision(ctx context.Context, conn *pgx.Conn, o Order, v verdict) error {
	l := v.layout
	if err := ensureRevisions(ctx, conn, l); err != nil {
		return err
	}
	parent, err := shapeOf(ctx, conn, l.AllKept())
	if err != nil {
		return err
	}
	own, err := shapeOf(ctx, conn, *v.prepared.Kept)
	if err != nil {
		return err
	}
	statements := slices.Concat(follow(*v.prepared.Kept, own, parent),
		attachKept(l, *v.prepared.Kept, l.Kept(o.AsOf, v.stamped.Revision), o.AsOf, v.stamped.Revision),
		[]string{dropTable(*v.prepared.Partition)})
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return fmt.Errorf("keep revision %d of %s: %w", v.stamped.Revision, l.Snapshot, err)
	}
	return nil
}

// makePast makes the entry before the new one a superseded one, and records where its
// rows are from now on.
func makePast(ctx context.Context, conn *pgx.Conn, o Order, v verdict, at time.Time) error {
	if err := store.Supersede(ctx, conn, *v.stamped, at); err != nil || v.prepared.Kept == nil {
		return err
	}
	return store.Keep(ctx, conn, *v.stamped, v.layout.Kept(o.AsOf, v.stamped.Revision))
}
