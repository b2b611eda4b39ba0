package stamp

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// shownRows is how many rows that differ are kept with what a restatement tells.
const shownRows = 20

// restating is a snapshot whose content is to be superseded.
type restating struct {
	layout layout.Layout
	// stamped is the entry that is superseded, of which sight tells what is there.
	stamped store.Entry
	sight   sight
	// target is the revision whose content is had again; nil where it is new.
	target *store.Entry
}

// revision is the one that is made.
func (r restating) revision() int32 { return r.stamped.Revision + 1 }

// keeps says whether there are rows to be kept, and to be written into.
func (r restating) keeps() bool { return r.sight.presence != gone && r.sight.presence != spoiled }

// restateAll prepares what supersedes: of each snapshot a copy of the rows that are
// stamped, and the rows that differ from them. Where those rows are gone, the candidate is
// filled as any other.
func (s *Stamper) restateAll(ctx context.Context, o Order, all []restating, candidates map[string]Candidate, report Report) ([]store.Prepared, error) {
	filled := make([]store.Prepared, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.opts.Parallel)
	for i, r := range all {
		g.Go(func() (err error) {
			c := candidates[r.layout.From]
			f := filling{
				layout: r.layout, filled: hashed(r.layout, r.target), supersedes: r.stamped.Revision, keeps: r.keeps(), from: r.stamped.Partition,
				found: r.sight.found, target: r.target,
			}
			if !r.keeps() {
				filled[i], err = s.fill(ctx, o, f, c, report)
				return err
			}
			filled[i], err = s.fillBy(ctx, o, f, c, func(ctx context.Context, conn *pgx.Conn) (store.Prepared, error) {
				return restate(ctx, conn, o, r, c, report)
			})
			return err
		})
	}
	return filled, g.Wait()
}

// restate copies what is stamped and finds what differs, in the caller's transaction.
func restate(ctx context.Context, conn *pgx.Conn, o Order, r restating, c Candidate, report Report) (store.Prepared, error) {
	l := r.layout
	if _, err := conn.Exec(ctx, fillMemory+"; "+digest.Settings); err != nil {
		return store.Prepared{}, fmt.Errorf("set up the transaction: %w", err)
	}
	sum, err := digest.Of(ctx, conn, c.Relation, hashed(l, r.target).Columns())
	if err != nil {
		return store.Prepared{}, missingIsLost(err, c)
	}
	if sum.Rows != c.Rows {
		return store.Prepared{}, stagingLost(c, fmt.Sprint(sum.Rows))
	}
	if err := again(r.target, sum); err != nil {
		return store.Prepared{}, err
	}
	kept, has, found, err := r.keep(ctx, conn, o, report)
	if err != nil {
		return store.Prepared{}, err
	}
	report(Progress{Snapshot: l.Snapshot, Phase: "compare", Total: c.Rows})
	differences := l.Prepared(o.AsOf, r.revision(), o.Fence.Number)
	stamped := rowsWith(l, kept, has)
	if err := makeAlone(ctx, conn, differences, createDifferences(l, differences)); err != nil {
		return store.Prepared{}, err
	}
	for _, sql := range []string{
		fillDifferences(l, differences, stamped, c.Relation), "analyze " + differences.SQL(),
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return store.Prepared{}, missingIsLost(fmt.Errorf("find what differs from %s: %w", r.stamped.Partition, err), c)
		}
	}
	restated, err := r.tell(ctx, conn, differences, stamped)
	if err != nil {
		return store.Prepared{}, err
	}
	restated.Rows, restated.Found, restated.Restores = sum.Rows, found, restores(r.target)
	p := o.prepared(l, c, sum)
	p.Partition, p.Kept, p.Present = &differences, &kept, true
	p.Supersedes, p.Restated, p.Restores = r.stamped.Revision, restated, restores(r.target)
	return p, store.AddPrepared(ctx, conn, p)
}

// keep copies the rows of the partition, whatever they are, and says where, which columns
// they have, and in words how they are not what was stamped.
func (r restating) keep(ctx context.Context, conn *pgx.Conn, o Order, report Report) (kept relation.Relation, has []string, found string, err error) {
	l, from := r.layout, r.stamped.Partition
	kept = l.KeptPrepared(o.AsOf, r.stamped.Revision, o.Fence.Number)
	report(Progress{Snapshot: l.Snapshot, Phase: "keep", Total: r.stamped.Rows})
	if has, err = store.ColumnsOf(ctx, conn, from); err != nil {
		return kept, nil, "", err
	}
	open := openIn(l, has) // history is renamed before this is attached to it
	made := createKept(kept, from, o.AsOf, r.stamped.Revision)
	if len(open) > 0 {
		made += ";\n" + relation.Renaming(kept, called.Renames(open.Steps(has)))
	}
	now := open.AllNow(has)
	if err := makeAlone(ctx, conn, kept, made); err != nil {
		return kept, nil, "", err
	}
	for _, sql := range []string{fillKept(l, kept, now, from, has), addPrimaryKey(l, kept), "analyze " + kept.SQL()} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return kept, nil, "", fmt.Errorf("keep %s: %w", from, err)
		}
	}
	then, _ := l.Stamped(r.stamped.Columns)
	sum, err := digest.Of(ctx, conn, kept, then.Columns())
	if err == nil && sum.Hash != r.stamped.ContentHash {
		found = fmt.Sprintf("its partition %s did not hold what was stamped; what it held is kept as revision %d", from, r.stamped.Revision)
	}
	return kept, now, found, err
}

// tell counts what differs, and lists the first rows of it.
func (r restating) tell(ctx context.Context, conn *pgx.Conn, differences relation.Relation, stamped string) (*store.Restated, error) {
	l := r.layout
	told := &store.Restated{Snapshot: l.Snapshot, Revision: r.revision(), Supersedes: r.stamped.Revision}
	var columns []int64
	err := conn.QueryRow(ctx, countChanges(l, differences, stamped), pgx.QueryExecModeExec).Scan(&told.Added, &told.Removed, &told.Changed, &columns)
	if err != nil {
		return nil, fmt.Errorf("count what differs from %s: %w", r.stamped.Partition, err)
	}
	for i, c := range l.Rest {
		if columns[i] > 0 {
			told.Columns = append(told.Columns, store.ColumnChange{Column: c.Name, Rows: columns[i]})
		}
	}
	rows, err := conn.Query(ctx, listChanges(l, differences, stamped), pgx.QueryExecModeExec, shownRows)
	if err != nil {
		return nil, fmt.Errorf("list what differs from %s: %w", r.stamped.Partition, err)
	}
	told.First, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (one store.RowChange, err error) {
		var differs []bool
		err = row.Scan(&one.Key, &one.Change, &differs)
		for i, yes := range differs {
			if yes {
				one.Columns = append(one.Columns, l.Rest[i].Name)
			}
		}
		return one, err
	})
	return told, err
}
