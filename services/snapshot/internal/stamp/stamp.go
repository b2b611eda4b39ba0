package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Stamped is the outcome for one snapshot.
type Stamped struct {
	Entry store.Entry
	// Unchanged says that an earlier batch stamped the same content.
	Unchanged bool
	// Restored says in words what was found in place of its rows and done about it;
	// empty where they were there.
	Restored string
	// Restated is what superseding the revision before changed; nil where it was not.
	Restated *store.Restated
}

// Stamp attaches what Prepare filled, all snapshots of the as_of in one transaction,
// and writes their catalog entries. It returns one entry per layout, in their order.
// Errors: NOT_PREPARED, BASE_MOVED, SNAPSHOT_DIFFERS, SNAPSHOT_TABLE_DIFFERS,
// RETAINED_NO_LONGER, FENCE_LOST.
func (s *Stamper) Stamp(ctx context.Context, o Order, report Report) ([]Stamped, error) {
	if err := o.Fence.Check(ctx, s.pool); err != nil {
		return nil, err
	}
	o.openSchema, o.keys = s.opts.OpenSchema, s.opts.Keys
	var stamped []Stamped
	tell := func(holders string) { report(Progress{Phase: "wait for " + holders + ", which holds a lock"}) }
	err := s.withLocks(ctx, o.Fence, o.Batch, tell, func(ctx context.Context, conn *pgx.Conn) error {
		report(Progress{Phase: "attach"})
		if err := store.Owners.Take(ctx, conn, o.dataset(), o.tables()); err != nil {
			return err
		}
		if err := store.Retained(ctx, conn, o.dataset(), o.AsOf); err != nil {
			return err
		}
		o, err := o.named(ctx, conn)
		if err != nil {
			return err
		}
		ready, err := verdicts(ctx, conn, o)
		if err != nil {
			return err
		}
		if err := standStill(ctx, conn, o, ready); err != nil {
			return err
		}
		stamped, err = stampAll(ctx, conn, o, ready)
		return err
	})
	if err != nil {
		return nil, s.mended(ctx, o, err)
	}
	return stamped, nil
}

// stampAll attaches what has to be, supersedes what has to be, and writes the catalog. The
// dataset's clock is moved last of all: until the transaction has ended nobody else gets a
// time, so that what becomes known earlier is seen earlier.
func stampAll(ctx context.Context, conn *pgx.Conn, o Order, all []verdict) ([]Stamped, error) {
	if err := attachAll(ctx, conn, o, all); err != nil {
		return nil, err
	}
	if err := supersedeAll(ctx, conn, o, all); err != nil {
		return nil, err
	}
	before, err := store.RestatedBy(ctx, conn, o.dataset(), o.AsOf, o.Batch)
	if err != nil {
		return nil, err
	}
	stamped := make([]Stamped, len(all))
	for i, v := range all {
		if v.stamped == nil || v.supersedes(o) {
			continue
		}
		if stamped[i], err = stampKnown(ctx, conn, o, v); err != nil {
			return nil, err
		}
		if told, ok := before[v.layout.Snapshot]; ok {
			stamped[i].Restated = &told
		}
	}
	if err := stampNew(ctx, conn, o, all, stamped); err != nil {
		return nil, err
	}
	if err := leave(ctx, conn, o, all, stamped); err != nil {
		return nil, err
	}
	if err := settleBases(ctx, conn, o, all, stamped); err != nil {
		return nil, err
	}
	if err := leaveBehind(ctx, conn, o, all); err != nil {
		return nil, err
	}
	return stamped, store.StampedBy(ctx, conn, o.dataset(), o.AsOf, o.Batch)
}

// stampNew writes the catalog entries of the snapshots that get a revision, all known at
// one time.
func stampNew(ctx context.Context, conn *pgx.Conn, o Order, all []verdict, stamped []Stamped) error {
	if !slices.ContainsFunc(all, func(v verdict) bool { return v.stamped == nil || v.supersedes(o) }) {
		return nil
	}
	at, err := store.Know(ctx, conn, o.dataset())
	if err != nil {
		return err
	}
	var restated []store.Restated
	for i, v := range all {
		switch {
		case v.supersedes(o):
			if err := makePast(ctx, conn, o, v, at); err != nil {
				return err
			}
			restated = append(restated, *v.prepared.Restated)
		case v.stamped != nil:
			continue
		}
		e := v.entry(o, at)
		stamped[i] = Stamped{Entry: e, Restated: v.prepared.Restated}
		if err := store.AddEntry(ctx, conn, e); err != nil {
			return err
		}
		// The record of an unchanged snapshot stays until the next batch: it is how a
		// repeated call knows that the content was compared.
		if err := store.RemovePrepared(ctx, conn, v.prepared); err != nil {
			return err
		}
	}
	if len(restated) == 0 {
		return nil
	}
	told := store.Restatement{
		Dataset: o.dataset(), AsOf: o.AsOf, Batch: o.Batch, KnownAt: at, Run: o.Run,
		RequestedBy: o.RequestedBy, Reason: o.Reason, Snapshots: restated,
	}
	if o.Rollback != nil {
		told.Restored = &o.Rollback.KnownAt
	}
	return store.AddRestatement(ctx, conn, told)
}

// stampKnown is the outcome of a snapshot that keeps its revision, whose rows it sees to.
func stampKnown(ctx context.Context, conn *pgx.Conn, o Order, v verdict) (Stamped, error) {
	switch {
	case v.restores(o):
		said, err := restore(ctx, conn, o, v)
		if err != nil {
			return Stamped{}, err
		}
		unchanged := v.prepared
		unchanged.Partition = nil
		if err := store.RemovePrepared(ctx, conn, v.prepared); err != nil {
			return Stamped{}, err
		}
		return Stamped{Entry: *v.stamped, Restored: said}, store.AddPrepared(ctx, conn, unchanged)
	case v.sight.presence == detached:
		said := v.sight.found + attachedAgain
		return Stamped{Entry: *v.stamped, Unchanged: !v.byThisBatch(o), Restored: said}, attachOneAgain(ctx, conn, o, v.layout, *v.stamped)
	default:
		return Stamped{Entry: *v.stamped, Unchanged: !v.byThisBatch(o)}, nil
	}
}

// leave records how the partitions lie now: those that were written to, and those that lie
// otherwise than recorded.
func leave(ctx context.Context, conn *pgx.Conn, o Order, all []verdict, stamped []Stamped) error {
	partitions := make([]relation.Relation, len(stamped))
	for i, st := range stamped {
		partitions[i] = st.Entry.Partition
	}
	found, err := footprint.Of(ctx, conn, partitions...)
	if err != nil {
		return err
	}
	left, err := footprint.Left(ctx, conn, partitions...)
	if err != nil {
		return err
	}
	var entries []store.Entry
	var prints []string
	for i, st := range stamped {
		v := all[i]
		switch {
		case v.supersedes(o), v.stamped == nil, st.Restored != "":
			entries, prints = append(entries, st.Entry), append(prints, left[i])
		case v.sight.stand() && !footprint.Same(v.sight.left, found[i]):
			entries, prints = append(entries, st.Entry), append(prints, footprint.Moved(v.sight.left, found[i]))
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return store.Leave(ctx, conn, o.dataset(), o.AsOf, entries, prints)
}

// attachAll makes the tables that are missing and attaches the partitions, in one
// round trip: the locks are held for as short as can be.
func attachAll(ctx context.Context, conn *pgx.Conn, o Order, all []verdict) error {
	var layouts []layout.Layout
	for _, v := range all {
		absent := v.restores(o) && (v.sight.presence == gone || v.sight.presence == spoiled)
		if v.attaches(o) || absent {
			layouts = append(layouts, v.layout)
		}
	}
	if len(layouts) == 0 {
		return nil
	}
	missing, err := checkTables(ctx, conn, o, layouts, nil)
	if err != nil {
		return err
	}
	var statements []string
	for _, l := range missing {
		statements = append(statements, createParent(l))
		if err := carriedOutWith(ctx, conn, o.dataset(), l, nil); err != nil { // it is made with the names that are declared
			return err
		}
	}
	for _, v := range all {
		if v.attaches(o) {
			statements = append(statements, attach(v.layout, *v.prepared.Partition, v.partition(o), o.AsOf))
		}
	}
	if len(statements) == 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return refused(o, err)
	}
	for _, l := range missing {
		if err := ensureViews(ctx, conn, o.dataset(), l); err != nil {
			return err
		}
	}
	return nil
}

// refusals are the codes, and classes of codes, with which PostgreSQL says that a
// table does not take a partition: its rows break a constraint, or do not go into an
// index or through an expression, its columns are of another kind, or somebody's own
// trigger says no.
var refusals = []string{"22", "23", "54", "P0001", "42P21", "42804", "428C9"}

// refused gives the error of an attach its reason. The tables were found right a
// moment before, so what stands in the way came in between, or is nothing that can be
// seen without the rows.
func refused(o Order, err error) error {
	err = fmt.Errorf("attach the snapshots of %s as of %s: %w", o.dataset(), o.date(), err)
	if said, theirs := postgres.FunctionFailed(err); theirs {
		return problem.Wrap(err, problem.SnapshotTableDiffers, "%s; or remove from the snapshot's table what was added to it; nothing was written", said).
			With("dataset", o.dataset()).With("as_of", o.date())
	}
	code := postgres.Code(err)
	if code == "" || !slices.ContainsFunc(refusals, func(r string) bool { return strings.HasPrefix(code, r) }) {
		return err
	}
	return problem.Wrap(err, problem.SnapshotTableDiffers,
		"%v; remove from the snapshot's table what was added to it, a constraint, an index, a collation or a trigger, and try again", err).
		With("dataset", o.dataset()).With("as_of", o.date())
}
