package stamp

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// verdict is what is to be done for one snapshot: attach the prepared table, supersede
// what is stamped, put back rows that are not there any more, or nothing, because its
// content is stamped.
type verdict struct {
	layout   layout.Layout
	stamped  *store.Entry
	prepared store.Prepared
	// sight is what is seen of the rows of what is stamped.
	sight sight
}

// verdicts decides for every snapshot, before anything is written.
func verdicts(ctx context.Context, conn *pgx.Conn, o Order) ([]verdict, error) {
	stamped, err := current(ctx, conn, o)
	if err != nil {
		return nil, err
	}
	prepared, err := preparedByName(ctx, conn, o)
	if err != nil {
		return nil, err
	}
	seen, err := lookAt(ctx, conn, o, stamped, glance)
	if err != nil {
		return nil, err
	}
	var (
		all     = make([]verdict, 0, len(o.Layouts))
		unready = problem.New(problem.NotPrepared, "")
		others  []differing
	)
	for _, l := range o.Layouts {
		v := verdict{layout: l, prepared: prepared[l.Snapshot], sight: seen[l.Snapshot]}
		if e, ok := stamped[l.Snapshot]; ok {
			v.stamped = &e
		}
		if why := v.unready(o); why != "" {
			unready = unready.Violate(l.Snapshot, "%s", why)
		} else if v.differs(o) {
			others = append(others, differing{l, *v.stamped, v.prepared})
		}
		all = append(all, v)
	}
	if len(unready.Violations) > 0 {
		return nil, notPrepared(o, unready)
	}
	if len(others) > 0 {
		return nil, snapshotsDiffer(ctx, conn, o, others)
	}
	return all, nil
}

// byThisBatch says that the batch itself stamped the snapshot: the call is repeated.
func (v verdict) byThisBatch(o Order) bool { return v.stamped != nil && v.stamped.Batch == o.Batch }

// restores says that the rows of what is stamped are put back.
func (v verdict) restores(o Order) bool {
	return v.stamped != nil && !v.byThisBatch(o) && !v.prepared.Unchanged() && !v.supersedes(o)
}

// supersedes says that what is stamped gets a new revision.
func (v verdict) supersedes(o Order) bool {
	return v.stamped != nil && !v.byThisBatch(o) && o.Supersede && v.prepared.Supersedes > 0
}

// revision is the one that the snapshot gets, where it gets one.
func (v verdict) revision() int32 { return max(v.prepared.Supersedes, firstRevision-1) + 1 }

// attaches says that the prepared table becomes the partition of the as_of.
func (v verdict) attaches(o Order) bool {
	return v.stamped == nil || v.supersedes(o) && v.prepared.Kept == nil
}

// partition is where the rows of the revision are that the snapshot gets.
func (v verdict) partition(o Order) relation.Relation {
	if v.prepared.Kept != nil {
		return v.stamped.Partition
	}
	return v.layout.Partition(o.AsOf, v.revision())
}

// unready says why the snapshot cannot be stamped yet, or nothing.
func (v verdict) unready(o Order) string {
	p := v.prepared
	switch {
	case v.byThisBatch(o):
		return ""
	case p.Snapshot == "":
		return "nothing is prepared for it"
	case !p.AsOf.Equal(o.AsOf):
		return "it is prepared for another as_of, " + p.AsOf.Format(time.DateOnly)
	case p.DatasetVersion != o.DatasetVersion:
		return "it is prepared under another version of the dataset, " + p.DatasetVersion
	case v.stamped == nil && p.Unchanged():
		return "it was found to be stamped, and is not"
	case v.supersedes(o) && p.Supersedes != v.stamped.Revision:
		return fmt.Sprintf("it is prepared to supersede revision %d, and revision %d is current", p.Supersedes, v.stamped.Revision)
	case v.stamped == nil && p.Supersedes > 0:
		return fmt.Sprintf("it is prepared to supersede revision %d, and nothing is stamped", p.Supersedes)
	case v.supersedes(o) && (p.Kept != nil) != (restating{sight: v.sight}).keeps():
		return "its rows are not as they were when it was prepared, " + cmp.Or(v.sight.found, "they are there again")
	case v.stamped != nil && p.Unchanged() && !v.sight.stand():
		return "its rows were there when it was prepared, and now " + v.sight.found
	case !p.Unchanged() && !p.Present:
		return "the table that was prepared for it, " + p.Tables()[0].String() + ", is gone"
	}
	return ""
}

func (v verdict) differs(o Order) bool {
	return v.stamped != nil && !v.byThisBatch(o) && !v.supersedes(o) && v.stamped.ContentHash != v.prepared.ContentHash
}

func notPrepared(o Order, p *problem.Error) error {
	said := make([]string, len(p.Violations))
	for i, v := range p.Violations {
		said[i] = v.Subject + ": " + v.Description
	}
	p.Message = fmt.Sprintf("batch %s of dataset %s cannot be stamped as of %s before it is prepared: %s",
		o.Batch, o.dataset(), o.date(), strings.Join(said, "; "))
	return p
}

// entry is the catalog entry of a snapshot that gets a revision, known at a time.
func (v verdict) entry(o Order, at time.Time) store.Entry {
	e := store.Entry{
		Dataset: o.dataset(), Snapshot: v.layout.Snapshot, AsOf: o.AsOf, Revision: v.revision(), KnownAt: at,
		Rows: v.prepared.Rows, ContentHash: v.prepared.ContentHash, Batch: o.Batch, DatasetVersion: o.DatasetVersion,
		Run: o.Run, Table: v.layout.Table, Partition: v.partition(o), Relation: v.partition(o),
		Columns: layout.Names(v.layout.Columns()), RequestedBy: o.RequestedBy,
	}
	if v.supersedes(o) {
		e.Reason = o.Reason
	}
	if target := o.target(v.layout.Snapshot); target != nil {
		e.Columns, e.Restores = target.Columns, target.Revision
	}
	return e
}
