package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
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
	// delivered is the sum of the candidate by the columns in by, as it was compared.
	delivered digest.Sum
	by        []layout.Column
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
	sum, err := r.sum(ctx, conn, c)
	if err != nil {
		return store.Prepared{}, err
	}
	began, err := endedBefore(ctx, conn)
	if err != nil {
		return store.Prepared{}, err
	}
	kept, has, err := r.keep(ctx, conn, o, report)
	if err != nil {
		return store.Prepared{}, err
	}
	report(Progress{Snapshot: l.Snapshot, Phase: "compare", Total: c.Rows})
	differences := l.Prepared(o.AsOf, r.revision(), o.Fence.Number)
	stamped := rowsWith(l, kept, has)
	if err := r.compare(ctx, conn, differences, stamped, c); err != nil {
		return store.Prepared{}, err
	}
	restated, err := r.tell(ctx, conn, differences)
	if err != nil {
		return store.Prepared{}, err
	}
	if err := hideKeys(ctx, conn, o.veil(l), c.Relation, restated.First); err != nil {
		return store.Prepared{}, err
	}
	found, proven, err := r.held(ctx, conn, compared{kept, differences, stamped}, sum, restated.Added+restated.Removed+restated.Changed)
	if err != nil {
		return store.Prepared{}, err
	}
	restated.Rows, restated.Found, restated.Restores = sum.Rows, found, restores(r.target)
	p := o.prepared(l, c, sum)
	if proven {
		p.KeptXact = began
	}
	p.Partition, p.Kept, p.Present = &differences, &kept, true
	p.Supersedes, p.Restated, p.Restores = r.stamped.Revision, restated, restores(r.target)
	return p, store.AddPrepared(ctx, conn, p)
}

// compare fills a table of its own with what differs between the stamped rows and the candidate.
func (r restating) compare(ctx context.Context, conn *pgx.Conn, differences relation.Relation, stamped string, c Candidate) error {
	l := r.layout
	if err := makeAlone(ctx, conn, differences, createDifferences(l, differences)); err != nil {
		return err
	}
	how, err := joinedAll(ctx, conn, l)
	if err != nil {
		return err
	}
	fill := strings.Join([]string{how, fillDifferences(l, differences, stamped, c.Relation), asPlanned, analyzeDifferences(l, differences)}, ";\n")
	if _, err := conn.Exec(ctx, fill); err != nil {
		return missingIsLost(fmt.Errorf("find what differs from %s: %w", r.stamped.Partition, err), c)
	}
	return nil
}

// hideKeys shows the keys of rows as the veil does; delivered is where they stand.
func hideKeys(ctx context.Context, conn *pgx.Conn, veil *personal.Veil, delivered relation.Relation, rows []store.RowChange) error {
	if !veil.Any() {
		return nil
	}
	for i, r := range rows {
		rows[i].Key = veil.Key(r.Key)
	}
	settled, err := veil.Settle(ctx, conn, delivered)
	if err != nil {
		return err
	}
	for i, r := range rows {
		told := &stepv1.RestatedRow{Key: r.Key}
		settled.Message(told)
		rows[i].Key = told.GetKey()
		if rows[i].Sealed, err = proto.Marshal(told.GetSealed()); err != nil {
			return fmt.Errorf("keep the values of keys: %w", err)
		}
	}
	return nil
}

// sum is what the candidate holds, which is not read again where it was compared by the
// same columns.
func (r restating) sum(ctx context.Context, conn *pgx.Conn, c Candidate) (digest.Sum, error) {
	sum, columns := r.delivered, hashed(r.layout, r.target).Columns()
	if !slices.Equal(columns, r.by) {
		var err error
		if sum, err = digest.Of(ctx, conn, c.Relation, columns); err != nil {
			return digest.Sum{}, missingIsLost(err, c)
		}
	}
	if sum.Rows != c.Rows {
		return digest.Sum{}, stagingLost(c, fmt.Sprint(sum.Rows))
	}
	return sum, again(r.target, sum)
}

// keep copies the rows of the partition, whatever they are, and says where, and which
// columns they have.
func (r restating) keep(ctx context.Context, conn *pgx.Conn, o Order, report Report) (kept relation.Relation, has []string, err error) {
	l, from := r.layout, r.stamped.Partition
	kept = l.KeptPrepared(o.AsOf, r.stamped.Revision, o.Fence.Number)
	report(Progress{Snapshot: l.Snapshot, Phase: "keep", Total: r.stamped.Rows})
	if has, err = store.ColumnsOf(ctx, conn, from); err != nil {
		return kept, nil, err
	}
	open := openIn(l, has) // history is renamed before this is attached to it
	made := createKept(kept, from)
	if len(open) > 0 {
		made += ";\n" + relation.Renaming(kept, called.Renames(open.Steps(has)))
	}
	now := open.AllNow(has)
	if err := makeAlone(ctx, conn, kept, made); err != nil {
		return kept, nil, err
	}
	if _, err := conn.Exec(ctx, fillKept(kept, now, from, has)+"; "+closeKept(l, kept, o.AsOf, r.stamped.Revision)); err != nil {
		return kept, nil, fmt.Errorf("keep %s: %w", from, err)
	}
	return kept, now, nil
}

// tell counts what differs, and lists the first rows of it.
func (r restating) tell(ctx context.Context, conn *pgx.Conn, differences relation.Relation) (*store.Restated, error) {
	l := r.layout
	told := &store.Restated{Snapshot: l.Snapshot, Revision: r.revision(), Supersedes: r.stamped.Revision}
	var columns []int64
	err := conn.QueryRow(ctx, countChanges(l, differences), pgx.QueryExecModeExec).Scan(&told.Added, &told.Removed, &told.Changed, &columns)
	if err != nil {
		return nil, fmt.Errorf("count what differs from %s: %w", r.stamped.Partition, err)
	}
	for i, c := range l.Rest {
		if columns[i] > 0 {
			told.Columns = append(told.Columns, store.ColumnChange{Column: c.Name, Rows: columns[i]})
		}
	}
	rows, err := conn.Query(ctx, firstChanges(l, differences), pgx.QueryExecModeExec, shownRows)
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
